using System.Collections.Concurrent;
using System.Threading.Channels;
using Bourse.MesosV1.Wire;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Bourse.Conformance.Clients;

/// <summary>What a stub got: the message and the headers that came with it.</summary>
internal sealed record Heard<TCall>(TCall Call, string? Authorization, string? StreamId, string ContentType);

/// <summary>
/// The other end of a client, played by a test: it keeps what it hears, and answers as it is told to. Each SUBSCRIBE is answered by
/// the next of <see cref="Subscribed"/>, every other call by the next of <see cref="Answers"/> or by 202.
/// </summary>
internal sealed class Stub<TCall, TEvent> : IAsyncDisposable where TCall : class, IMessage<TCall>, new() where TEvent : IMessage
{
    private readonly WebApplication app;
    private readonly Func<TCall, bool> isSubscribe;
    private readonly Channel<Heard<TCall>> heard = Channel.CreateUnbounded<Heard<TCall>>();

    private Stub(WebApplication app, Func<TCall, bool> isSubscribe) => (this.app, this.isSubscribe) = (app, isSubscribe);

    /// <summary>How to answer subscriptions, in turn.</summary>
    public ConcurrentQueue<Func<Conversation, Task>> Subscribed { get; } = new();

    /// <summary>How to answer other calls, in turn.</summary>
    public ConcurrentQueue<int> Answers { get; } = new();

    public Uri Address => new(app.Urls.Single());

    public static async Task<Stub<TCall, TEvent>> Start(Func<TCall, bool> isSubscribe)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var stub = new Stub<TCall, TEvent>(app, isSubscribe);
        app.Map("/{**path}", stub.Handle);
        await app.StartAsync();
        return stub;
    }

    /// <summary>The next call, whichever.</summary>
    public async Task<Heard<TCall>> Next()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        return await heard.Reader.ReadAsync(patience.Token);
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }

    private async Task Handle(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var json = context.Request.ContentType == "application/json";
        var call = json ? MesosJson.Parse<TCall>(body.ToArray()) : MesosProtobuf.Parse<TCall>(body.ToArray());
        heard.Writer.TryWrite(new(
            call, context.Request.Headers.Authorization, context.Request.Headers["Mesos-Stream-Id"], context.Request.ContentType ?? ""));
        if (isSubscribe(call))
        {
            if (Subscribed.TryDequeue(out var answer))
                await answer(new(context, json));
            else
                context.Response.StatusCode = 503;
        }
        else
        {
            context.Response.StatusCode = Answers.TryDequeue(out var status) ? status : 202;
            if (context.Response.StatusCode == 0)
                context.Abort();
        }
    }

    /// <summary>One subscription.</summary>
    internal sealed class Conversation(HttpContext context, bool json)
    {
        public HttpContext Context => context;

        /// <summary>Sends the headers and the events.</summary>
        public async Task Tell(params TEvent[] events)
        {
            if (!context.Response.HasStarted)
            {
                context.Response.ContentType = json ? "application/json" : "application/x-protobuf";
                context.Response.Headers["Mesos-Stream-Id"] = "stream-1";
                await context.Response.StartAsync();
            }
            foreach (var @event in events)
                await context.Response.Body.WriteAsync(RecordIO.Frame(json ? MesosJson.Format(@event) : MesosProtobuf.Format(@event)));
            await context.Response.Body.FlushAsync();
        }

        /// <summary>Keeps the stream open until the client closes it.</summary>
        public Task Hold()
        {
            var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            context.RequestAborted.Register(() => closed.TrySetResult());
            return closed.Task;
        }

        public void Redirect(string location)
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = location;
        }
    }
}
