using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bourse.Cli.Client;

/// <summary>The connection of one framework: its event stream, and calls beside it.</summary>
internal sealed class SchedulerConnection(Uri master, string? token) : IDisposable
{
    private const string StreamId = "Mesos-Stream-Id";
    private static readonly Uri Endpoint = new("/api/v1/scheduler", UriKind.Relative);

    private readonly HttpClient http = Connect(master, token);
    private HttpResponseMessage? stream;
    private string? streamId;

    /// <summary>Opens the event stream, in place of an earlier one.</summary>
    /// <exception cref="CliException">The subscription is refused.</exception>
    /// <exception cref="HttpRequestException">The master is away or not ready.</exception>
    public async Task<Stream> Subscribe(object call, CancellationToken cancellationToken)
    {
        stream?.Dispose();
        using var request = new HttpRequestMessage(HttpMethod.Post, Endpoint) { Content = Master.Json(call) };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        stream = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        await Check(stream, cancellationToken);
        streamId = stream.Headers.TryGetValues(StreamId, out var ids) ? ids.First() : null;
        return await stream.Content.ReadAsStreamAsync(cancellationToken);
    }

    /// <summary>Makes a call.</summary>
    /// <exception cref="CliException">It is refused.</exception>
    /// <exception cref="HttpRequestException">The master is away or not ready.</exception>
    public async Task Call(object call, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Endpoint) { Content = Master.Json(call) };
        request.Headers.Add(StreamId, streamId);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        try
        {
            using var answer = await http.SendAsync(request, patience.Token);
            await Check(answer, cancellationToken);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException("no answer within 30 s");
        }
    }

    public void Dispose()
    {
        stream?.Dispose();
        http.Dispose();
    }

    private static async Task Check(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        if (answer.IsSuccessStatusCode)
        {
            return;
        }

        var text = (await answer.Content.ReadAsStringAsync(cancellationToken)).Trim();
        // 403: the framework is not connected any more, which subscribing again cures.
        if ((int)answer.StatusCode is >= 500 or 403 or 307)
        {
            throw new HttpRequestException($"{(int)answer.StatusCode}: {text}");
        }

        throw new CliException((int)answer.StatusCode == 401
            ? $"{answer.RequestMessage!.RequestUri!.Authority} does not know this caller; set BOURSE_TOKEN, or name the cluster's --home"
            : $"{text} ({(int)answer.StatusCode})");
    }

    private static HttpClient Connect(Uri master, string? token)
    {
        var http = new HttpClient(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(5) })
        {
            BaseAddress = master,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        if (token is not null)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        return http;
    }
}
