using System.Net;
using System.Runtime.CompilerServices;
using Google.Protobuf;

namespace Bourse.Client.Wire;

/// <summary>Opens a stream and, when it breaks, the next one: follows redirections, pauses between attempts, gives up in time.</summary>
internal sealed class Subscribing(ConnectionOptions options, Endpoint endpoint, Candidates candidates)
{
    private readonly Backoff backoff = new(options.FirstPause, options.LongestPause, Random.Shared.NextDouble);
    private long? aloneSince;

    /// <summary>An answer of 200, its stream not yet read.</summary>
    /// <param name="subscribe">Makes the call; anew for each attempt.</param>
    /// <param name="ct">Ends the attempts.</param>
    /// <exception cref="RefusedException">The subscription is refused.</exception>
    /// <exception cref="ConnectionLostException">Patience is at its end.</exception>
    private async Task<HttpResponseMessage> Open(Func<IMessage> subscribe, CancellationToken ct)
    {
        aloneSince ??= options.Clock.GetTimestamp();
        while (true)
        {
            Exception failure;
            try
            {
                var answer = await endpoint.Post(candidates.Current, subscribe(), streamId: null, ct).ConfigureAwait(false);
                if (answer.StatusCode == HttpStatusCode.OK)
                    return answer;
                using (answer)
                {
                    if (IsRedirect(answer.StatusCode) && candidates.Follow(answer.Headers.Location))
                        continue;
                    var text = await Endpoint.Text(answer, ct).ConfigureAwait(false);
                    if (!IsRedirect(answer.StatusCode) && !Endpoint.Passes(answer.StatusCode))
                        throw new RefusedException(answer.StatusCode, text);
                    failure = new HttpRequestException($"{text} ({(int)answer.StatusCode})");
                }
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                failure = e;
            }
            candidates.Failed();
            await Pause(failure, ct).ConfigureAwait(false);
        }
    }

    /// <summary>One stream after the other, each open until the next one is asked for.</summary>
    /// <param name="subscribe">Makes the call; anew for each attempt.</param>
    /// <param name="silence">How long a stream may be silent at first.</param>
    /// <param name="over">Whether there shall be no further one.</param>
    /// <param name="ct">Ends the attempts.</param>
    /// <exception cref="RefusedException">The subscription is refused.</exception>
    /// <exception cref="ConnectionLostException">Patience is at its end.</exception>
    public async IAsyncEnumerable<RecordStream<T>> Streams<T>(
        Func<IMessage> subscribe, TimeSpan silence, Func<bool> over, [EnumeratorCancellation] CancellationToken ct) where T : class, IMessage<T>, new()
    {
        while (!over())
        {
            using var answer = await Open(subscribe, ct).ConfigureAwait(false);
            using var stream = new RecordStream<T>(answer, endpoint.IsJson(answer), silence, options.Clock);
            yield return stream;
            if (!over())
                await Pause(stream.Failure ?? new IOException("the other side closed the stream"), ct).ConfigureAwait(false);
        }
    }

    /// <summary>The stream has begun as it should.</summary>
    public void Holds()
    {
        candidates.Holds();
        backoff.Reset();
        aloneSince = null;
    }

    /// <summary>Waits before the next attempt.</summary>
    /// <exception cref="ConnectionLostException">Patience is at its end.</exception>
    private Task Pause(Exception failure, CancellationToken ct)
    {
        aloneSince ??= options.Clock.GetTimestamp();
        if (options.Patience != Timeout.InfiniteTimeSpan && options.Clock.GetElapsedTime(aloneSince.Value) >= options.Patience)
            throw new ConnectionLostException($"the connection to {candidates.Current.Authority} is lost: {failure.Message}", failure);
        return Task.Delay(backoff.Next(), options.Clock, ct);
    }

    public static bool IsRedirect(HttpStatusCode status) =>
        status is HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect or HttpStatusCode.Redirect;
}
