using System.Collections.Concurrent;

namespace Bourse.Agent.Host.Sandboxes;

/// <summary>A task's sandbox, for those who read it.</summary>
/// <param name="Path">Its directory.</param>
/// <param name="Principal">Whose task it is.</param>
/// <param name="Run">Which run.</param>
internal sealed record Sandbox(string Path, string Principal, long Run)
{
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the task has ended and will write no more.</summary>
    public Task Ended => ended.Task;

    public void End() => ended.TrySetResult();
}

/// <summary>Which sandboxes there are. Paths come from here and never from a request.</summary>
internal sealed class SandboxIndex(WorkDirectory work)
{
    private readonly ConcurrentDictionary<TaskKey, Sandbox> known = new();

    // Tasks that have theirs in another's, by its path.
    private readonly Dictionary<string, HashSet<TaskKey>> guests = [];

    public Sandbox? Find(TaskKey key) => known.GetValueOrDefault(key);

    /// <summary>All of them.</summary>
    public IEnumerable<Sandbox> All => known.Values;

    public void Note(Change change)
    {
        switch (change)
        {
            // A task that bears the name of its executor has its output there already.
            case TaskKept { Task: { SharesSandbox: true } named } when named.Key == named.ExecutorKey?.SandboxKey:
                break;
            case TaskKept(var task) when !known.TryGetValue(task.Key, out var before) || before.Run != task.Run:
                var own = known[task.Key] = new(work.Sandbox(task), task.Principal, task.Run);
                if (task.SharesSandbox)
                    (guests.TryGetValue(own.Path, out var others) ? others : guests[own.Path] = []).Add(task.Key);
                break;
            case ExecutorKept(var executor) when !known.TryGetValue(executor.Key.SandboxKey, out var before) || before.Run != executor.Run:
                known[executor.Key.SandboxKey] = new(work.Sandbox(executor.Key.SandboxKey), executor.Framework.Principal, executor.Run);
                break;
            case SandboxLeft(var left) when !known.ContainsKey(left.Key):
                known[left.Key] = new(work.Sandbox(left), left.Principal, left.Run);
                known[left.Key].End();
                break;
            case SandboxGone(var left) when known.TryGetValue(left.Key, out var gone) && gone.Run == left.Run:
                known.TryRemove(left.Key, out _);
                if (guests.Remove(gone.Path, out var all))
                {
                    foreach (var key in all.Where(key => known.TryGetValue(key, out var now) && now.Path == gone.Path))
                        known.TryRemove(key, out _);
                }
                break;
            default:
                break;
        }
    }
}
