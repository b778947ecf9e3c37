using System.Diagnostics;
using Bourse.Contracts;

namespace Bourse.Agent.Tests.Host;

public sealed class Rate
{
    /// <summary>Not part of every run: it measures, and a busy machine would fail it. Run with <c>-explicit only</c>.</summary>
    [Theory(Explicit = true)]
    [InlineData(1000)]
    public async Task Of_tasks_from_launch_to_the_last_acknowledgement(int tasks)
    {
        await using var machine = new Machine();
        machine.Bus.Acknowledges = true;
        await machine.Bus.End(machine.Launch("warm", "true"));

        var (wall, cpu) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        foreach (var batch in Enumerable.Range(0, tasks).Chunk(20))
        {
            machine.Bus.Commands(batch.Select<int, Func<long, Contracts.Messages.AgentCommand>>(n =>
                number => Machine.LaunchOf(number, $"t{n}", new TaskCommand(Shell: true, "true"), [])));
            await machine.Bus.End(new($"t{batch[0]}"));
        }
        await RealTasks.Until(() => machine.Bus.LastConfirmed >= 3 * (tasks + 1));
        var (rate, own) = (tasks / wall.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds / tasks);
        TestContext.Current.SendDiagnosticMessage($"{rate:F0} tasks/s, {own:F2} ms of the agent's own CPU time per task");
        rate.ShouldBeGreaterThan(150);
    }
}
