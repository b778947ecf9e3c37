using System.Net.Http.Headers;
using System.Net.Sockets;
using Bourse.MesosV1.Wire;
using Google.Protobuf;

namespace Bourse.Conformance.Http;

/// <summary>A stream of records as its reader sees them.</summary>
internal sealed class TestStream<T>(HttpResponseMessage response) : IAsyncDisposable where T : class, IMessage<T>, new()
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Queue<T> read = new();
    private readonly RecordReader records = new();
    private Stream? stream;

    public HttpResponseMessage Response => response;

    /// <summary>Sends a request that is answered by a stream; a small receive buffer makes a slow reader noticed soon.</summary>
    public static async Task<TestStream<T>> Open(HttpRequestMessage request, string? accept = null, int? receiveBuffer = null)
    {
        if (accept is not null)
            request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse(accept));
        var handler = new SocketsHttpHandler { ResponseDrainTimeout = TimeSpan.Zero };
        if (receiveBuffer is { } size)
            handler.ConnectCallback = async (connect, ct) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = size };
                await socket.ConnectAsync(connect.DnsEndPoint, ct);
                return new NetworkStream(socket, ownsSocket: true);
            };
        using var client = new HttpClient(handler, disposeHandler: false);
        return new(await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken));
    }

    /// <summary>The next event; null at the end of the stream.</summary>
    public async Task<T?> NextOrEnd()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        stream ??= await response.Content.ReadAsStreamAsync(patience.Token);
        var buffer = new byte[64 * 1024];
        while (read.Count == 0)
        {
            var length = await stream.ReadAsync(buffer, patience.Token);
            if (length == 0)
                return null;
            foreach (var record in records.Feed(buffer.AsSpan(0, length)))
                read.Enqueue(response.Content.Headers.ContentType!.MediaType == "application/json"
                    ? MesosJson.Parse<T>(record)
                    : MesosProtobuf.Parse<T>(record));
        }
        return read.Dequeue();
    }

    public async Task<T> Next() => await NextOrEnd() ?? throw new InvalidOperationException("the stream has ended");

    public async ValueTask DisposeAsync()
    {
        if (stream is not null)
            await stream.DisposeAsync();
        response.Dispose();
    }
}
