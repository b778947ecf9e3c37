using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bourse.Cli.Client;

/// <summary>The cluster's HTTP API as one principal.</summary>
internal sealed class Master : IDisposable
{
    private readonly HttpClient http;

    public Master(Uri address, string? token)
    {
        // Streams live as long as they live; whoever wants an end to its patience passes a token.
        http = new HttpClient(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(5) }) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
        if (token is not null)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    public Uri Address => http.BaseAddress!;

    /// <summary>A call of the Mesos v1 operator API that asks for something.</summary>
    public async Task<JsonObject> Operator(string type, CancellationToken cancellationToken)
    {
        using var answer = await Send(HttpMethod.Post, "/api/v1", Json(new { type }), cancellationToken);
        return await Body(answer, cancellationToken);
    }

    /// <summary>A call of the Mesos v1 operator API that does something; there is nothing to read in the answer.</summary>
    public Task OperatorDo(string type, object call, CancellationToken cancellationToken) => Change(
        HttpMethod.Post, "/api/v1", Json(new Dictionary<string, object> { ["type"] = type, [type.ToLowerInvariant()] = call }), cancellationToken);

    public async Task<JsonObject> Get(string path, CancellationToken cancellationToken)
    {
        using var answer = await Send(HttpMethod.Get, path, null, cancellationToken);
        return await Body(answer, cancellationToken);
    }

    public async Task<JsonObject> Post(string path, CancellationToken cancellationToken)
    {
        using var answer = await Send(HttpMethod.Post, path, Json(new { }), cancellationToken);
        return await Body(answer, cancellationToken);
    }

    /// <summary>Changes something; there is nothing to read in the answer.</summary>
    public async Task Change(HttpMethod method, string path, HttpContent? body, CancellationToken cancellationToken) =>
        (await Send(method, path, body, cancellationToken)).Dispose();

    /// <summary>The lines of a stream of JSON documents; blank ones only keep it alive.</summary>
    public async IAsyncEnumerable<string> Lines(string path, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var answer = await Send(HttpMethod.Get, path, null, cancellationToken);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellationToken));
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Length > 0)
            {
                yield return line;
            }
        }
    }

    /// <summary>Sends and returns a good answer, its body not yet read.</summary>
    /// <exception cref="CliException">Nobody answers, or the answer is a refusal; the message says which.</exception>
    public async Task<HttpResponseMessage> Send(HttpMethod method, string path, HttpContent? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        HttpResponseMessage answer;
        try
        {
            answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException failure)
        {
            throw new CliException($"nothing answers at {Address} ({Cause(failure)}); `bourse up` starts a cluster");
        }

        if (answer.IsSuccessStatusCode)
        {
            return answer;
        }

        using (answer)
        {
            throw new CliException(Refusal(answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellationToken)));
        }
    }

    public static HttpContent Json(object body)
    {
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json"); // bare, as Mesos wants it
        return content;
    }

    public void Dispose() => http.Dispose();

    private static async Task<JsonObject> Body(HttpResponseMessage answer, CancellationToken cancellationToken) =>
        await JsonNode.ParseAsync(await answer.Content.ReadAsStreamAsync(cancellationToken), cancellationToken: cancellationToken) as JsonObject
        ?? throw new CliException($"the answer of {answer.RequestMessage?.RequestUri} is not a JSON object");

    private static string Cause(HttpRequestException failure) =>
        failure.InnerException is System.Net.Sockets.SocketException socket ? socket.SocketErrorCode.ToString() : failure.HttpRequestError.ToString();

    private string Refusal(HttpStatusCode status, string body)
    {
        if (status is HttpStatusCode.Unauthorized)
        {
            return $"{Address} does not know this caller; set BOURSE_TOKEN, or name the cluster's --home";
        }

        var text = body.Trim();
        if (text.StartsWith('{') && JsonNode.Parse(text) is JsonObject problem)
        {
            text = (problem["detail"] ?? problem["title"])?.GetValue<string>() ?? text;
        }

        return text.Length > 0 ? $"{text} ({(int)status})" : $"{Address} answered {(int)status} {status}";
    }
}
