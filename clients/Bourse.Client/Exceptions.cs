using System.Net;

namespace Bourse.Client;

/// <summary>A subscription or a call was refused, and would be refused again.</summary>
/// <param name="status">The status of the answer.</param>
/// <param name="text">What the other side said.</param>
public sealed class RefusedException(HttpStatusCode status, string text) : Exception($"{text} ({(int)status})")
{
    /// <summary>The status of the answer.</summary>
    public HttpStatusCode Status { get; } = status;
}

/// <summary>
/// The master ended the subscription by an ERROR event: the description is not acceptable, the framework is over, or another
/// instance of the scheduler has taken its place.
/// </summary>
/// <param name="message">What the master said.</param>
public sealed class SubscriptionEndedException(string message) : Exception(message);

/// <summary>There was no connection for longer than <see cref="ConnectionOptions.Patience"/>.</summary>
/// <param name="message">What was tried last.</param>
/// <param name="inner">How that failed.</param>
public sealed class ConnectionLostException(string message, Exception inner) : Exception(message, inner);
