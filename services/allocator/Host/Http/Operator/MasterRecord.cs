using System.Collections.Concurrent;
using Bourse.Allocator.Host.Http.Streams;
using Bourse.Contracts;
using Bourse.Journal;

namespace Bourse.Allocator.Host.Http.Operator;

/// <summary>What this instance has done since it started: when it began to lead, and how many tasks ended how.</summary>
internal sealed class MasterRecord(FrameworkMeters frameworks, TimeProvider clock) : ICommitListener<AllocatorState>
{
    private readonly ConcurrentDictionary<TaskState, long> ended = new();
    private long elected;

    /// <summary>The counts of each framework.</summary>
    public FrameworkMeters Frameworks => frameworks;

    /// <summary>When this process started.</summary>
    public DateTimeOffset StartedAt { get; } = clock.GetUtcNow();

    /// <summary>When it began to lead; null while it does not.</summary>
    public DateTimeOffset? ElectedAt => Interlocked.Read(ref elected) is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    /// <summary>Tasks that came to this end since this instance leads.</summary>
    public long Ended(TaskState state) => ended.GetValueOrDefault(state);

    public void Leading(AllocatorState state, long epoch) => Interlocked.Exchange(ref elected, clock.GetUtcNow().UtcTicks);

    public void Committed(AllocatorState state, IReadOnlyList<Recorded> events)
    {
        foreach (var recorded in events)
        {
            if (recorded.Fact is TaskStatusChanged { Update.State: var end } && end.IsTerminal())
                Count(end);
            else if (recorded.Fact is TaskRefused { Update.State: var refused })
                Count(refused);
        }
    }

    private void Count(TaskState state) => ended.AddOrUpdate(state, 1, static (_, count) => count + 1);
}
