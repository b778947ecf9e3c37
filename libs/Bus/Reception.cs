using System.Text.Json;
using Bourse.Contracts;
using Microsoft.Extensions.Logging;

namespace Bourse.Bus;

/// <summary>
/// What all transports do with a message that arrived: read it, handle it until that succeeds, answer it. A message that fails is
/// kept and tried again in place: putting it back into the queue would let those behind it overtake.
/// </summary>
internal sealed partial class Reception(
    string queue,
    Func<Delivery, CancellationToken, Task<object?>> handle,
    Answering answer,
    Func<ReadOnlyMemory<byte>, CancellationToken, Task>? park,
    ILogger log)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AskerComesBackWithin = TimeSpan.FromSeconds(30);

    /// <summary>Returns once the message is done; throws only when cancelled.</summary>
    public async Task Receive(ReadOnlyMemory<byte> body, string? sender, CancellationToken cancellationToken)
    {
        var delay = FirstDelay;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await Once(body, sender, cancellationToken);
                return;
            }
            catch (UnreadableMessageException e) when (park is not null)
            {
                // Nobody will ever understand it, and whoever sent it must not stop the others: kept aside for people to look at.
                LogParked(log, e.InnerException, queue, sender);
                await park(body, cancellationToken);
                return;
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                LogFailed(log, e, queue, sender, attempt, delay.TotalSeconds);
            }
            await Task.Delay(delay, cancellationToken);
            delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
        }
    }

    private async Task Once(ReadOnlyMemory<byte> body, string? sender, CancellationToken cancellationToken)
    {
        var (envelope, message) = Read(body);
        var result = await handle(new Delivery(message, envelope.Id, envelope.Origin, sender), cancellationToken);
        if (result is not null && envelope.AnswerTo is { } to)
            await Answer(to, Wire.Write(Wire.NewId(), result, envelope.Origin with { Causation = envelope.Id }, answers: envelope.Id), cancellationToken);
    }

    private async Task Answer(string to, byte[] body, CancellationToken cancellationToken)
    {
        try
        {
            await answer(to, body, false, cancellationToken);
        }
        catch (UnroutableException)
        {
            // The asker's queue went with its connection. It may come back with it, or never: the next message must not wait for that.
            _ = AnswerLater(to, body);
        }
    }

    private async Task AnswerLater(string to, byte[] body)
    {
        using var patience = new CancellationTokenSource(AskerComesBackWithin);
        try
        {
            await answer(to, body, true, patience.Token);
        }
        catch (Exception e)
        {
            LogUnanswered(log, queue, to, e.Message);
        }
    }

    private static (Envelope, object) Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            var envelope = Wire.Read(body.Span);
            return (envelope, Wire.Open(envelope));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or NotSupportedException or ArgumentException or FormatException)
        {
            throw new UnreadableMessageException("the message cannot be read", e);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A message on {Queue} from {Sender} failed, attempt {Attempt}; trying it again in {Seconds} s")]
    private static partial void LogFailed(ILogger log, Exception e, string queue, string? sender, int attempt, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A question on {Queue} is not answered, {Asker} has gone: {Reason}")]
    private static partial void LogUnanswered(ILogger log, string queue, string asker, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "A message on {Queue} from {Sender} could not be read and was parked")]
    private static partial void LogParked(ILogger log, Exception? e, string queue, string? sender);
}

/// <summary>Sends an answer to the asker's queue.</summary>
/// <exception cref="UnroutableException">There is no such queue, and it is not to be waited for.</exception>
internal delegate Task Answering(string queue, byte[] body, bool wait, CancellationToken cancellationToken);

/// <summary>The body is no envelope, or its name or data is unknown here.</summary>
internal sealed class UnreadableMessageException(string message, Exception inner) : Exception(message, inner);
