namespace Bourse.Client;

/// <summary>The form of messages on the wire.</summary>
public enum WireEncoding
{
    /// <summary><c>application/x-protobuf</c>.</summary>
    Protobuf,

    /// <summary><c>application/json</c>.</summary>
    Json,
}

/// <summary>How a client connects, and what it does when the connection breaks.</summary>
public sealed record ConnectionOptions
{
    /// <summary>Who calls; null where callers without credentials are let in.</summary>
    public ClientCredential? Credential { get; init; }

    /// <summary>The form of messages; both say the same.</summary>
    public WireEncoding Encoding { get; init; } = WireEncoding.Protobuf;

    /// <summary>Masters to try beside the first: when one is away, the next is asked; whichever leads is found by redirection.</summary>
    public IReadOnlyList<Uri> OtherMasters { get; init; } = [];

    /// <summary>
    /// The first pause before connecting again. Each one after it is twice as long, up to <see cref="LongestPause"/>; of every pause a
    /// random part of up to a half is left out, so that the clients of a master that went away do not come back all at once.
    /// </summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest pause before connecting again.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long to go on without a connection before giving up; endless by default.</summary>
    public TimeSpan Patience { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>How long an answer may take: the headers of a stream, or the whole of a call's.</summary>
    public TimeSpan AnswerWithin { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// A stream that is silent for this many of the heartbeat intervals that its master announced is taken for dead, and
    /// opened anew.
    /// </summary>
    public double MissedHeartbeats { get; init; } = 3;

    /// <summary>Tells the time; replaced by tests.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Makes what sends requests, for TLS with certificates of one's own or a proxy; it belongs to the client then.</summary>
    public Func<HttpMessageHandler>? Handler { get; init; }
}
