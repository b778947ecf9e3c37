using Bourse.Contracts;

namespace Bourse.Bus;

/// <summary>Publishing in order with many confirms outstanding; what the relay needs and <see cref="IBus"/> does not give.</summary>
public interface IPublisher : IAsyncDisposable
{
    /// <summary>
    /// Sends a message after all earlier ones. Returns when it is on its way; the inner task completes when the broker has it and
    /// fails when that is unknown, with all later ones: begin again from the first that failed.
    /// </summary>
    ValueTask<Task> Post(Post post, CancellationToken cancellationToken);
}

/// <summary>A message as bytes.</summary>
/// <param name="To">Where.</param>
/// <param name="Id">Unique.</param>
/// <param name="Body">JSON.</param>
/// <param name="Headers">AMQP headers; null for none.</param>
public readonly record struct Post(Destination To, string Id, ReadOnlyMemory<byte> Body, IDictionary<string, object?>? Headers = null)
{
    /// <summary>A named message in its envelope.</summary>
    public static Post Of(Destination to, object message, Origin origin)
    {
        var id = Wire.NewId();
        return new(to, id, Wire.Write(id, message, origin));
    }
}

/// <summary>No queue takes messages for the destination.</summary>
public sealed class UnroutableException(string message) : Exception(message);

/// <summary>The connection to the broker ended before it confirmed; the message may or may not have arrived.</summary>
public sealed class BrokerLostException(string message, Exception? inner = null) : Exception(message, inner);
