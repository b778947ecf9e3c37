using Bourse.Agent.Host.Sandboxes;
using Bourse.Contracts;

namespace Bourse.Agent.Tests.Host;

public sealed class RotatingLogs : IDisposable
{
    private const long Megabyte = 1 << 20;

    private readonly string box = Directory.CreateTempSubdirectory("bourse-logs-").FullName;

    public void Dispose() => Directory.Delete(box, recursive: true);

    [Fact]
    public void Ten_megabytes_stay_within_four()
    {
        using var output = new FileStream(Path.Combine(box, "stdout"), FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        for (var piece = 0; piece < 10 * 8; piece++)
        {
            output.Write(new byte[Megabyte / 8]);
            output.Flush();
            LogRotation.Rotate(box, Megabyte, kept: 3);
        }
        var sizes = Directory.EnumerateFiles(box).ToDictionary(file => Path.GetFileName(file)!, file => new FileInfo(file).Length);
        sizes.Keys.Order().ShouldBe(["stdout", "stdout.1", "stdout.2", "stdout.3"]);
        sizes.Values.Sum().ShouldBeLessThanOrEqualTo(4 * Megabyte);
    }

    [Fact]
    public void An_outburst_leaves_its_end()
    {
        File.WriteAllBytes(Path.Combine(box, "stderr"), [.. new byte[5 * Megabyte], 7]);
        LogRotation.Rotate(box, Megabyte, kept: 3);
        new FileInfo(Path.Combine(box, "stderr")).Length.ShouldBe(0);
        var kept = File.ReadAllBytes(Path.Combine(box, "stderr.1"));
        (kept.Length, kept[^1]).ShouldBe(((int)Megabyte, (byte)7));
    }

    [Fact]
    public void A_link_is_left_alone()
    {
        var secret = Path.Combine(box, "secret");
        File.WriteAllBytes(secret, new byte[2 * Megabyte]);
        File.CreateSymbolicLink(Path.Combine(box, "stdout"), secret);
        LogRotation.Rotate(box, Megabyte, kept: 3);
        new FileInfo(secret).Length.ShouldBe(2 * Megabyte);
    }

    [Fact]
    public async Task A_task_goes_on_writing_where_the_cut_was()
    {
        await using var machine = new Machine();
        var task = machine.Launch("t", "echo before; while [ ! -e go ]; do sleep 0.05; done; echo after");
        await machine.Bus.Report(task, TaskState.Running);
        // The task is seen a moment before its file is there.
        await RealTasks.Until(() => File.Exists(Path.Combine(machine.Sandbox("t"), "stdout")) && machine.Output("t") == "before\n");
        LogRotation.Rotate(machine.Sandbox("t"), limit: 3, kept: 1);
        File.WriteAllText(Path.Combine(machine.Sandbox("t"), "go"), "");
        await machine.Bus.Report(task, TaskState.Finished);
        (machine.Output("t"), machine.Output("t", "stdout.1")).ShouldBe(("after\n", "re\n"));
    }
}
