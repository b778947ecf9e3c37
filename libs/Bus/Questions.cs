using System.Collections.Concurrent;
using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Bus;

/// <summary>Questions that await their answers, by the question's id.</summary>
internal sealed class Questions
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<Envelope>> waiting = new(StringComparer.Ordinal);

    public async Task<TAnswer> Ask<TAnswer>(
        string id, Func<CancellationToken, Task> send, TimeSpan patience, CancellationToken cancellationToken) where TAnswer : class
    {
        var answer = new TaskCompletionSource<Envelope>(TaskCreationOptions.RunContinuationsAsynchronously);
        waiting[id] = answer;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(patience);
        try
        {
            await send(deadline.Token);
            var envelope = await answer.Task.WaitAsync(deadline.Token);
            return Wire.Open(envelope) switch
            {
                Refused refused => throw new RefusedException(refused.Code, refused.Message),
                TAnswer good => good,
                var other => throw new InvalidOperationException($"asked for {typeof(TAnswer).Name}, was answered with {other.GetType().Name}"),
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"no answer within {patience}");
        }
        finally
        {
            waiting.TryRemove(id, out _);
        }
    }

    /// <summary>Takes an answer; one that nobody waits for any more is dropped.</summary>
    public void Take(ReadOnlySpan<byte> body)
    {
        var envelope = Wire.Read(body);
        if (envelope.Answers is { } question && waiting.TryGetValue(question, out var answer))
            answer.TrySetResult(envelope);
    }
}
