using Bourse.Allocator.Host.Http.Streams;

namespace Bourse.Allocator.Host.Http;

/// <summary>Who answers calls. Only the leader does; others send callers to it.</summary>
internal interface ILeaderView
{
    /// <summary>Whether this instance leads and has read its journal.</summary>
    bool Leads { get; }

    /// <summary>Where the leader listens, <c>host:port</c>; null when nobody is known to lead.</summary>
    string? Leader { get; }
}

/// <summary>A single instance: it leads once its journal is read, and until then nobody does.</summary>
internal sealed class SoleLeader(SchedulerStreams streams) : ILeaderView
{
    public bool Leads => streams.Leads;

    public string? Leader => null;
}
