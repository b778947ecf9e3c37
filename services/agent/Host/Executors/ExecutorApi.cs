using Bourse.Contracts;
using Bourse.Edge;
using Bourse.MesosEdge;
using Bourse.MesosV1.Executor;
using Bourse.MesosV1.Wire;

namespace Bourse.Agent.Host.Executors;

/// <summary>
/// <c>POST /api/v1/executor</c>. An executor is known by its token, which is checked on every call; without one it is let in only where
/// strangers are.
/// </summary>
internal static class ExecutorApi
{
    // As in Mesos: only so that nothing on the way takes the connection for dead.
    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromMinutes(30);

    public static IEndpointRouteBuilder MapExecutorApi(this IEndpointRouteBuilder app)
    {
        foreach (var path in (string[])["/api/v1/executor", "/slave(1)/api/v1/executor"])
            app.Map(path, Handle).AllowAnonymous();
        return app;
    }

    private static async Task Handle(HttpContext context, AgentRuntime agent, EdgeSettings edge, IHostApplicationLifetime lifetime)
    {
        var (call, refusal) = await MesosCall.Read<Call>(context);
        if (call is null)
        {
            await refusal!.Write(context.Response);
            return;
        }
        await (await Serve(context, call, agent, edge, lifetime) is { } answer ? answer.Write(context.Response) : Task.CompletedTask);
    }

    private static async Task<MesosAnswer?> Serve(HttpContext context, Call call, AgentRuntime agent, EdgeSettings edge, IHostApplicationLifetime lifetime)
    {
        if (!call.HasType)
            return MesosAnswer.Bad("Failed to validate executor::Call: Expecting 'type' to be present");
        var key = new ExecutorKey(new(call.FrameworkId.Value), new(call.ExecutorId.Value));
        var executor = agent.Executors.Find(key);
        var token = Token(context);
        if (token is null && !edge.Open)
            return MesosAnswer.Unauthenticated(context);
        if (token is not null && (executor is null || !await agent.Tokens.Fits(token, executor)))
            return MesosAnswer.Forbidden("The token is not the one of this executor");

        switch (call.Type)
        {
            case Call.Types.Type.Subscribe:
                return await Subscribe(context, call, key, agent, lifetime);
            // As in Mesos: whoever is not subscribed has nothing to say.
            case var _ when executor is null:
                return MesosAnswer.Bad("Framework or executor cannot be found");
            case Call.Types.Type.Update when call.Update is null:
                return MesosAnswer.Bad("Failed to validate executor::Call: Expecting 'update' to be present");
            case Call.Types.Type.Update:
                if (ExecutorUpdates.Problem(call.Update.Status, key.ExecutorId) is { } problem)
                    return MesosAnswer.Bad($"Failed to validate executor::Call: {problem}");
                // One that names another agent is none of ours.
                if (call.Update.Status.AgentId is { } named && named.Value != agent.Id.Value)
                    return MesosAnswer.Accepted;
                await agent.Inbox.Store((now, seed) => new HearUpdate(
                    key, new(call.Update.Status.TaskId.Value), ExecutorUpdates.Read(call.Update.Status, now), now, seed), context.RequestAborted);
                return MesosAnswer.Accepted;
            case Call.Types.Type.Message when call.Message is null:
                return MesosAnswer.Bad("Failed to validate executor::Call: Expecting 'message' to be present");
            case Call.Types.Type.Message:
                agent.Inbox.Post((now, seed) => new HearMessage(key, call.Message.Data.ToBase64(), now, seed));
                return MesosAnswer.Accepted;
            case Call.Types.Type.Heartbeat:
                return MesosAnswer.Accepted;
            default:
                return MesosAnswer.NotImplemented($"The call {EnumNames.Of(call.Type)} is not implemented");
        }
    }

    private static async Task<MesosAnswer?> Subscribe(HttpContext context, Call call, ExecutorKey key, AgentRuntime agent, IHostApplicationLifetime lifetime)
    {
        if (WireFormat.Accepted(context.Request.Headers.Accept) is not { } format)
            return MesosAnswer.NotAcceptable;
        // A widespread client leaves the member out: it has nothing to tell.
        var subscribe = call.Subscribe ?? new();
        if (subscribe.UnacknowledgedUpdates.Select(update => ExecutorUpdates.Problem(update.Status, key.ExecutorId)).FirstOrDefault(p => p is not null) is { } problem)
            return MesosAnswer.Bad($"Failed to validate executor::Call: {problem}");

        var stream = agent.Executors.Open();
        try
        {
            agent.Inbox.Post((now, seed) => new Attach(
                key, stream.Connection,
                subscribe.UnacknowledgedTasks.Select(task => new TaskId(task.TaskId.Value)).ToValueList(),
                subscribe.UnacknowledgedUpdates.Select(update => (new TaskId(update.Status.TaskId.Value), ExecutorUpdates.Read(update.Status, now))).ToValueList(),
                now, seed));
            await StreamResponse.Run(context, format, stream, ct => Write(stream, format, agent.Description, context.Response.Body, ct), "the executor",
                lifetime.ApplicationStopping);
        }
        finally
        {
            agent.Executors.Close(stream);
            agent.Inbox.Post((now, seed) => new Detach(key, stream.Connection, now, seed));
        }
        return null;
    }

    private static async Task Write(ExecutorStream stream, WireFormat format, AgentDescription agent, Stream output, CancellationToken ct)
    {
        await using var beats = new Timer(_ => stream.Beat(), null, HeartbeatInterval, HeartbeatInterval);
        // One write is one HTTP chunk, and one client needs every record in a chunk of its own.
        await foreach (var item in stream.Items.ReadAllAsync(ct))
            await output.WriteAsync(format.Frame(item.Event is { } @event ? ExecutorEvents.Write(@event, agent) : ExecutorEvents.Heartbeat), ct);
    }

    private static string? Token(HttpContext context)
    {
        const string bearer = "Bearer ";
        var header = context.Request.Headers.Authorization.ToString();
        return header.StartsWith(bearer, StringComparison.OrdinalIgnoreCase) ? header[bearer.Length..].Trim() : null;
    }
}
