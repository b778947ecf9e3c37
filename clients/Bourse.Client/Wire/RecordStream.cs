using System.Runtime.CompilerServices;
using Bourse.MesosV1.Wire;
using Google.Protobuf;

namespace Bourse.Client.Wire;

/// <summary>The records of an open stream. One reader.</summary>
/// <param name="answer">The answer that bears the stream; disposed with it.</param>
/// <param name="json">Whether records are JSON.</param>
/// <param name="silence">How long it may be silent at first.</param>
/// <param name="clock">Tells the time.</param>
internal sealed class RecordStream<T>(HttpResponseMessage answer, bool json, TimeSpan silence, TimeProvider clock) : IDisposable
    where T : class, IMessage<T>, new()
{
    // Not disposed: whoever breaks the stream may be late, and without a timer it holds nothing.
    private readonly CancellationTokenSource broken = new();
    private readonly Queue<byte[]> ready = new();
    private readonly RecordReader records = new();
    private readonly byte[] buffer = new byte[16 * 1024];
    private Stream? body;

    /// <summary>How long the stream may be silent.</summary>
    public TimeSpan Silence { get; set; } = silence;

    /// <summary>Ends the reading: something else has shown that the connection is of no use any more.</summary>
    public void Break() => broken.Cancel();

    /// <summary>Why the records ended, when it was not by the other side's will.</summary>
    public IOException? Failure { get; private set; }

    /// <summary>A header of the answer that bears the stream.</summary>
    public string? Header(string name) => answer.Headers.TryGetValues(name, out var values) ? values.First() : null;

    /// <summary>The records, until the stream ends or breaks.</summary>
    public async IAsyncEnumerable<T> Records([EnumeratorCancellation] CancellationToken ct)
    {
        while (true)
        {
            T? next;
            try
            {
                next = await Next(ct).ConfigureAwait(false);
            }
            catch (IOException broken)
            {
                Failure = broken;
                yield break;
            }
            if (next is null)
                yield break;
            yield return next;
        }
    }

    /// <summary>The next record; null at the end.</summary>
    /// <exception cref="IOException">The stream broke, was silent for too long or is not made of records.</exception>
    private async Task<T?> Next(CancellationToken ct)
    {
        try
        {
            while (ready.Count == 0)
            {
                using var patience = new CancellationTokenSource(Silence, clock);
                using var any = CancellationTokenSource.CreateLinkedTokenSource(ct, broken.Token, patience.Token);
                try
                {
                    body ??= await answer.Content.ReadAsStreamAsync(any.Token).ConfigureAwait(false);
                    var count = await body.ReadAsync(buffer, any.Token).ConfigureAwait(false);
                    if (count == 0)
                        return records.AtBoundary ? null : throw new IOException("the stream ended inside a record");
                    foreach (var record in records.Feed(buffer.AsSpan(0, count)))
                        if (record.Length > 0)
                            ready.Enqueue(record);
                }
                catch (OperationCanceledException) when (!ct.IsCancellationRequested)
                {
                    throw new IOException(broken.IsCancellationRequested ? "the connection was given up" : $"nothing came for {Silence.TotalSeconds:0.#} s");
                }
            }
            var next = ready.Dequeue();
            return json ? MesosJson.Parse<T>(next) : MesosProtobuf.Parse<T>(next);
        }
        catch (Exception e) when (e is UnreadableException or HttpRequestException)
        {
            throw new IOException(e.Message, e);
        }
    }

    public void Dispose() => answer.Dispose();
}
