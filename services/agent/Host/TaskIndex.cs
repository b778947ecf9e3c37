using System.Collections.Concurrent;

namespace Bourse.Agent.Host;

/// <summary>The tasks that the agent holds, for those who look at them from outside its loop.</summary>
internal sealed class TaskIndex
{
    private readonly ConcurrentDictionary<TaskKey, AgentTask> known = new();

    /// <summary>Those whose processes run.</summary>
    public IEnumerable<AgentTask> Running => known.Values.Where(task => task is { Phase: Phase.Running, Supervisor: not null }).OrderBy(task => task.Run);

    public void Note(Change change)
    {
        switch (change)
        {
            case TaskKept(var task):
                known[task.Key] = task;
                break;
            case TaskDropped(var task) when known.TryGetValue(task.Key, out var held) && held.Run == task.Run:
                known.TryRemove(task.Key, out _);
                break;
            default:
                break;
        }
    }
}
