using Bourse.Allocator.Host.Http.Streams;
using Bourse.Allocator.Host.Loop;

namespace Bourse.Allocator.Host.Http;

/// <summary>Who answers calls. Only the leader does; others send callers to it.</summary>
internal interface ILeaderView
{
    /// <summary>Whether this instance leads and has read its journal.</summary>
    bool Leads { get; }

    /// <summary>Where the leader listens, <c>host:port</c>; null when nobody is known to lead.</summary>
    string? Leader { get; }
}

/// <summary>
/// A single instance: it leads once its journal is read and the take-over is recorded. A framework that subscribed in between would
/// be disconnected again by the take-over.
/// </summary>
internal sealed class SoleLeader(SchedulerStreams streams, Occasions occasions) : ILeaderView
{
    public bool Leads => streams.Leads && occasions.LeadingSince is null;

    public string? Leader => null;
}
