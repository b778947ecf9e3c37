using System.Net;
using System.Net.Http.Headers;
using Bourse.MesosV1.Wire;
using Google.Protobuf;

namespace Bourse.Client.Wire;

/// <summary>Sends calls to an address and opens streams there.</summary>
internal sealed class Endpoint : IDisposable
{
    public const string StreamIdHeader = "Mesos-Stream-Id";
    private const string JsonType = "application/json", ProtobufType = "application/x-protobuf";

    private readonly ConnectionOptions options;
    private readonly string path;
    private readonly HttpClient http;

    public Endpoint(ConnectionOptions options, string path, Func<HttpMessageHandler>? handler = null)
    {
        (this.options, this.path) = (options, path);
        http = new HttpClient((options.Handler ?? handler ?? NewHandler)()) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Sends a message; the answer's headers are there, its body is not read.</summary>
    /// <exception cref="HttpRequestException">Nobody answers, or not in time.</exception>
    public async Task<HttpResponseMessage> Post(Uri address, IMessage message, string? streamId, CancellationToken ct)
    {
        var json = options.Encoding == WireEncoding.Json;
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, path))
        {
            Content = new ByteArrayContent(json ? MesosJson.Format(message) : MesosProtobuf.Format(message)),
        };
        var type = json ? JsonType : ProtobufType;
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(type));
        request.Headers.Authorization = options.Credential?.Header;
        if (streamId is not null)
            request.Headers.Add(StreamIdHeader, streamId);

        using var patience = new CancellationTokenSource(options.AnswerWithin, options.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new HttpRequestException($"no answer within {options.AnswerWithin.TotalSeconds:0.#} s");
        }
    }

    /// <summary>Whether an answer's body, or each record of it, is JSON; what does not say is taken for what was asked for.</summary>
    public bool IsJson(HttpResponseMessage answer) => answer.Content.Headers.ContentType?.MediaType switch
    {
        JsonType => true,
        ProtobufType => false,
        _ => options.Encoding == WireEncoding.Json,
    };

    /// <summary>The sentence of a refusal.</summary>
    public static async Task<string> Text(HttpResponseMessage answer, CancellationToken ct)
    {
        var text = (await answer.Content.ReadAsStringAsync(ct).ConfigureAwait(false)).Trim();
        return text.Length > 0 ? text : $"{answer.RequestMessage?.RequestUri?.Authority} answered {answer.StatusCode}";
    }

    /// <summary>A state of the other side that passes: starting, without a leader, overloaded, behind a proxy that cannot reach it.</summary>
    public static bool Passes(HttpStatusCode status) => status is HttpStatusCode.TooManyRequests
        or HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    public void Dispose() => http.Dispose();

    // A redirection is followed by hand: it says that the leader is elsewhere, for the calls that come after as well.
    private static SocketsHttpHandler NewHandler() => new()
    {
        AllowAutoRedirect = false,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        ResponseDrainTimeout = TimeSpan.Zero,
        UseCookies = false,
    };
}
