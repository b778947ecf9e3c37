using Bourse.Cli.Client;
using Bourse.Cli.Cluster;

namespace Bourse.Cli.Demo;

/// <summary>What the demo runs: two frameworks of two principals with as many short tasks each; every task is a real process.</summary>
internal sealed class Workload(Uri master, Tokens tokens, string secret, string trusted, string stranger)
{
    public const int TasksEach = 50;
    public const int SecretLength = 40;

    private readonly Lock gate = new();
    private readonly Dictionary<string, TaskUpdate> last = [];
    private readonly TaskCompletionSource third = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource allEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when a third of the tasks have ended.</summary>
    public Task Third => third.Task;

    /// <summary>Completes when all tasks have ended.</summary>
    public Task AllEnded => allEnded.Task;

    /// <summary>The last updates of the tasks that have ended.</summary>
    public IReadOnlyList<TaskUpdate> Ends
    {
        get
        {
            lock (gate)
            {
                return [.. last.Values.Where(update => update.IsTerminal)];
            }
        }
    }

    public int Finished => Ends.Count(end => end.State == "TASK_FINISHED");

    /// <summary>The task that was refused the secret; null when it was not.</summary>
    public TaskUpdate? Refused => Ends.FirstOrDefault(IsRefused);

    /// <summary>Every task that was to have the secret had all of it: such a task fails otherwise.</summary>
    public bool Delivered => Ends.Count(end => end.State == "TASK_FINISHED" && UsesSecret(end)) == TasksEach / 5;

    public bool IsRefused(TaskUpdate end) =>
        end.State == "TASK_FAILED" && end.Task.Id.StartsWith(stranger, StringComparison.Ordinal) && UsesSecret(end)
        && end.Message?.Contains(secret, StringComparison.Ordinal) is true;

    /// <summary>The tasks that run on an agent now.</summary>
    public HashSet<string> RunningAt(Uri agent)
    {
        lock (gate)
        {
            return [.. last.Values.Where(update => update.State == "TASK_RUNNING" && update.Agent == agent).Select(update => update.Attempt)];
        }
    }

    public async Task Run(CancellationToken cancellationToken)
    {
        // Different lengths, the same in every demo: 1 to 2.5 s.
        List<TaskToRun> Tasks(string principal, Func<int, bool> usesSecret) => [.. Enumerable.Range(1, TasksEach).Select(number => new TaskToRun(
            $"{principal}-{number:00}",
            $"{principal}-{number:00}",
            Cpus: 0.5,
            MemMb: 32,
            usesSecret(number)
                ? ["sh", "-c", $"sleep 1; echo \"the key has ${{#API_KEY}} characters\"; test ${{#API_KEY}} = {SecretLength}"]
                : ["sh", "-c", $"sleep {1 + (number % 4 * 0.5)}; echo \"task {number} of {principal} on $(hostname)\""],
            usesSecret(number) ? [new SecretUse(secret, "API_KEY")] : [],
            []))];

        await Task.WhenAll(
            RunOne(trusted, Tasks(trusted, number => number % 5 == 0), cancellationToken),
            RunOne(stranger, Tasks(stranger, number => number == TasksEach / 2), cancellationToken));
    }

    public override string ToString()
    {
        lock (gate)
        {
            var (ended, running) = (last.Values.Count(update => update.IsTerminal), last.Values.Count(update => update.State == "TASK_RUNNING"));
            return $"{ended,3} of {2 * TasksEach} tasks ended, {running,2} running";
        }
    }

    private async Task RunOne(string principal, List<TaskToRun> tasks, CancellationToken cancellationToken)
    {
        using var framework = new Framework(
            master, tokens.SecretOf(principal), $"demo-{principal}", principal, TimeSpan.FromMinutes(1), Updated, cancellationToken);
        await framework.Run(tasks, CancellationToken.None, cancellationToken);
        await framework.Teardown(cancellationToken);
    }

    private void Updated(TaskUpdate update)
    {
        lock (gate)
        {
            last[update.Task.Id] = update;
            var ended = last.Values.Count(one => one.IsTerminal);
            if (ended * 3 >= 2 * TasksEach)
            {
                third.TrySetResult();
            }

            if (ended == 2 * TasksEach)
            {
                allEnded.TrySetResult();
            }
        }
    }

    private static bool UsesSecret(TaskUpdate end) => end.Task.SecretVariables.Count > 0;
}
