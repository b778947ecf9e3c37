using System.Threading.Channels;
using Bourse.Agent.Host.Nested;
using Bourse.Agent.Host.Processes;
using Bourse.MesosEdge;
using Bourse.MesosV1.Agent;
using Google.Protobuf;
using V1 = Bourse.MesosV1;

namespace Bourse.Agent.Host.Operator;

/// <summary>Calls on containers that are launched by the API. The older calls, of nested ones alone, mean the same.</summary>
internal sealed class ContainerCalls(AgentRuntime agent)
{
    private const int Kill = 9;
    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(30);

    public async Task<MesosAnswer> Launch(Visitor visitor, V1.ContainerID id, V1.CommandInfo? command, V1.ContainerInfo? container, CancellationToken ct)
    {
        var (path, beside, problem) = await Place(visitor, id, ct);
        if (problem is not null)
            return problem;
        try
        {
            var launched = agent.Nested.Launch(path, beside, Containers.Command(command), container?.TtyInfo is not null, session: null);
            if (launched is null)
                return agent.Nested.Find(path) is { Ended.IsCompleted: false } ? MesosAnswer.Accepted : MesosAnswer.Bad("A container of that id has ended already");
            Resize(launched, container);
            return MesosAnswer.Done;
        }
        catch (CannotStartException e)
        {
            return MesosAnswer.Bad(e.Message);
        }
    }

    /// <summary>How a container ended, once it has.</summary>
    public async Task<(int Status, MesosAnswer? Refusal)> Wait(Visitor visitor, V1.ContainerID id, CancellationToken ct)
    {
        if (await Find(visitor, id, ct) is not { } container)
            return (0, Missing());
        return (await container.Ended.WaitAsync(ct), null);
    }

    public async Task<MesosAnswer> Signal(Visitor visitor, V1.ContainerID id, int? signal, CancellationToken ct)
    {
        if (await Find(visitor, id, ct) is not { } container)
            return Missing();
        container.Signal(signal ?? Kill);
        return MesosAnswer.Done;
    }

    public async Task<MesosAnswer> Remove(Visitor visitor, V1.ContainerID id, CancellationToken ct)
    {
        if (await Find(visitor, id, ct) is not { } container)
            return MesosAnswer.Done;
        if (!container.Ended.IsCompleted)
            return new(StatusCodes.Status500InternalServerError, "The container has not ended");
        await agent.Nested.Remove(container, await Containers.Beside(agent, visitor, container.Id, ct));
        return MesosAnswer.Done;
    }

    /// <summary>Runs a command for as long as the connection lasts; its output is the answer.</summary>
    public async Task<MesosAnswer?> Session(HttpContext context, Visitor visitor, Call.Types.LaunchNestedContainerSession call, StreamFormat format)
    {
        var (path, beside, problem) = await Place(visitor, call.ContainerId, context.RequestAborted);
        if (problem is not null)
            return problem;
        var queue = NestedContainer.NewQueue();
        NestedContainer? container;
        try
        {
            container = agent.Nested.Launch(path, beside, Containers.Command(call.Command), call.Container?.TtyInfo is not null, queue);
        }
        catch (CannotStartException e)
        {
            return MesosAnswer.Bad(e.Message);
        }
        if (container is null)
            return MesosAnswer.Bad("There is a container of that id");
        Resize(container, call.Container);
        try
        {
            await Stream(context, queue, format);
        }
        finally
        {
            container.Signal(Kill);
        }
        return null;
    }

    public async Task<MesosAnswer?> Output(HttpContext context, Visitor visitor, V1.ContainerID id, StreamFormat format)
    {
        if (await Find(visitor, id, context.RequestAborted) is not { } container)
            return Missing();
        var queue = NestedContainer.NewQueue();
        container.Attach(queue);
        try
        {
            await Stream(context, queue, format);
        }
        finally
        {
            container.Detach(queue);
        }
        return null;
    }

    /// <summary>Input for a container: the first record names it, the others are what it is given.</summary>
    public async Task<MesosAnswer> Input(Visitor visitor, IAsyncEnumerable<Call> records, CancellationToken ct)
    {
        NestedContainer? container = null;
        try
        {
            await foreach (var record in records.WithCancellation(ct))
            {
                var attach = record.Type == Call.Types.Type.AttachContainerInput ? record.AttachContainerInput : null;
                if (container is null)
                {
                    if (attach is not { Type: Call.Types.AttachContainerInput.Types.Type.ContainerId, ContainerId: { } id })
                        return MesosAnswer.Bad("Expecting the first record to be 'attach_container_input' with a 'container_id'");
                    if (await Find(visitor, id, ct) is not { } found)
                        return Missing();
                    if (!found.TakeInput())
                        return new(StatusCodes.Status409Conflict, "Somebody is attached to the container's input already");
                    container = found;
                    continue;
                }
                if (attach?.ProcessIo is not { } io)
                    return MesosAnswer.Bad("Expecting 'process_io' to be present");
                if (io.Type == ProcessIO.Types.Type.Data)
                    await container.Input(io.Data?.Data_.ToByteArray() ?? [], ct);
                else if (io.Control is { TtyInfo.WindowSize: { } size })
                    container.Resize(size.Rows, size.Columns);
            }
            return MesosAnswer.Done;
        }
        finally
        {
            container?.LeaveInput();
        }
    }

    private async Task<(ContainerPath Path, Neighbour? Beside, MesosAnswer? Problem)> Place(Visitor visitor, V1.ContainerID id, CancellationToken ct)
    {
        if (ContainerPath.Of(id) is not { } path)
            return (default, null, MesosAnswer.Bad("'container_id.value' must be a plain name"));
        if (!path.HasParent)
            return visitor.IsOperator ? (path, null, null) : (path, null, MesosAnswer.Forbidden("Only operators may launch containers that belong to no task"));
        return await Containers.Beside(agent, visitor, path, ct) is { } beside
            ? (path, beside, null)
            : (path, null, MesosAnswer.NotFound($"Container '{path.Root}' cannot be found"));
    }

    private async Task<NestedContainer?> Find(Visitor visitor, V1.ContainerID id, CancellationToken ct) =>
        ContainerPath.Of(id) is { } path && agent.Nested.Find(path) is { } found
        && (visitor.IsOperator || (path.HasParent && await Containers.Beside(agent, visitor, path, ct) is not null)) ? found : null;

    private static void Resize(NestedContainer container, V1.ContainerInfo? info)
    {
        if (info?.TtyInfo?.WindowSize is { } size)
            container.Resize(size.Rows, size.Columns);
    }

    private static async Task Stream(HttpContext context, Channel<Output> queue, StreamFormat format)
    {
        var ct = context.RequestAborted;
        format.Announce(context.Response);
        await context.Response.StartAsync(ct);
        await context.Response.Body.FlushAsync(ct);
        while (true)
        {
            using var beat = CancellationTokenSource.CreateLinkedTokenSource(ct);
            beat.CancelAfter(HeartbeatInterval);
            try
            {
                if (!await queue.Reader.WaitToReadAsync(beat.Token))
                    return;
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(format.Encoding.Frame(Beat()), ct);
                continue;
            }
            while (queue.Reader.TryRead(out var output))
                await context.Response.Body.WriteAsync(format.Encoding.Frame(Data(output)), ct);
            await context.Response.Body.FlushAsync(ct);
        }
    }

    private static ProcessIO Data(Output output) => new()
    {
        Type = ProcessIO.Types.Type.Data,
        Data = new()
        {
            Type = output.IsError ? ProcessIO.Types.Data.Types.Type.Stderr : ProcessIO.Types.Data.Types.Type.Stdout,
            Data_ = ByteString.CopyFrom(output.Bytes),
        },
    };

    private static ProcessIO Beat() => new()
    {
        Type = ProcessIO.Types.Type.Control,
        Control = new()
        {
            Type = ProcessIO.Types.Control.Types.Type.Heartbeat,
            Heartbeat = new() { Interval = new() { Nanoseconds = HeartbeatInterval.Ticks * TimeSpan.NanosecondsPerTick } },
        },
    };

    private static MesosAnswer Missing() => MesosAnswer.NotFound("Container cannot be found");
}
