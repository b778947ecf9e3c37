using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Bourse.Client.Wire;
using Bourse.MesosV1;
using Bourse.MesosV1.Executor;
using Google.Protobuf;
using CallType = Bourse.MesosV1.Executor.Call.Types.Type;
using Task = System.Threading.Tasks.Task;
using TaskStatus = Bourse.MesosV1.TaskStatus;

namespace Bourse.Client;

/// <summary>
/// An executor's end of the Mesos v1 executor API. Read <see cref="Events"/>, and tell what becomes of the tasks by
/// <see cref="Update(TaskStatus, CancellationToken)"/>: an update is kept until the agent acknowledges it, and sent again after every reconnection.
/// </summary>
/// <param name="environment">What the agent said when it started this executor.</param>
/// <param name="options">How to connect; pauses, patience and credential are the agent's business.</param>
public sealed class ExecutorClient(ExecutorEnvironment environment, ConnectionOptions? options = null) : IDisposable
{
    // An agent beats every 30 minutes, and says so nowhere.
    private static readonly TimeSpan Heartbeat = TimeSpan.FromMinutes(30);

    private readonly ConnectionOptions options = Options(environment, options);
    private readonly Endpoint endpoint = new(Options(environment, options), "/api/v1/executor", Handler(environment));
    private readonly Candidates candidates = new([environment.Agent]);
    private readonly Dictionary<string, TaskInfo> unacknowledgedTasks = new(StringComparer.Ordinal);
    private readonly List<TaskStatus> unacknowledged = [];
    private readonly Lock gate = new();
    private volatile RecordStream<Event>? current;
    private volatile bool over;

    /// <summary>What the agent said when it started this executor.</summary>
    public ExecutorEnvironment Environment { get; } = environment;

    /// <summary>An executor of the agent that has started this process.</summary>
    /// <exception cref="InvalidOperationException">No agent has.</exception>
    public static ExecutorClient FromEnvironment() => new(ExecutorEnvironment.Read());

    /// <summary>
    /// The events, over any number of connections. Ends after SHUTDOWN, whose handling is the last time to tell anything, and when the agent is gone for good: at once where the
    /// framework does not checkpoint, otherwise after the recovery timeout. One reader at a time.
    /// </summary>
    /// <exception cref="RefusedException">The subscription is refused.</exception>
    /// <exception cref="ConnectionLostException">The agent does not come back.</exception>
    public async IAsyncEnumerable<Event> Events([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var subscribing = new Subscribing(options, endpoint, candidates);
        List<TaskStatus> sent = [];
        await foreach (var stream in subscribing
            .Streams<Event>(() => Subscription(out sent), Heartbeat * options.MissedHeartbeats, () => over, cancellationToken).ConfigureAwait(false))
        {
            try
            {
                await foreach (var next in stream.Records(cancellationToken).ConfigureAwait(false))
                {
                    if (next.Type == Event.Types.Type.Subscribed)
                    {
                        subscribing.Holds();
                        current = stream;
                        await Repeat(except: sent, cancellationToken).ConfigureAwait(false);
                    }
                    Note(next);
                    yield return next;
                    if (over)
                        break;
                }
            }
            finally
            {
                current = null;
            }
            if (!Environment.Checkpoint)
                yield break;
        }
    }

    /// <summary>
    /// Tells the state of a task. Uuid, time and source are filled in. Without a connection it is kept for the next one.
    /// </summary>
    /// <exception cref="RefusedException">The agent cannot use it.</exception>
    public async Task Update(TaskStatus status, CancellationToken cancellationToken = default)
    {
        status = status.Clone();
        if (!status.HasUuid)
            status.Uuid = ByteString.CopyFrom(Guid.NewGuid().ToByteArray());
        if (!status.HasTimestamp)
            status.Timestamp = (options.Clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;
        status.Source = TaskStatus.Types.Source.Executor;
        status.ExecutorId = new() { Value = Environment.ExecutorId };
        lock (gate)
            unacknowledged.Add(status);
        await Send(status, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Tells the state of a task, in short.</summary>
    public Task Update(TaskID task, TaskState state, string? message = null, CancellationToken cancellationToken = default)
    {
        var status = new TaskStatus { TaskId = task, State = state };
        if (message is not null)
            status.Message = message;
        return Update(status, cancellationToken);
    }

    /// <summary>Bytes for the scheduler, at most once.</summary>
    /// <returns>Whether the agent took them.</returns>
    public Task<bool> Message(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        Call(new() { Type = CallType.Message, Message = new() { Data = ByteString.CopyFrom(data.Span) } }, cancellationToken);

    /// <summary>Closes the stream.</summary>
    public void Dispose()
    {
        over = true;
        current?.Break();
        endpoint.Dispose();
    }

    private Task<bool> Send(TaskStatus status, CancellationToken ct) => Call(new() { Type = CallType.Update, Update = new() { Status = status } }, ct);

    private async Task<bool> Call(Call call, CancellationToken ct)
    {
        if (current is not { } mine)
            return false;
        (call.FrameworkId, call.ExecutorId) = (new() { Value = Environment.FrameworkId }, new() { Value = Environment.ExecutorId });
        try
        {
            using var answer = await endpoint.Post(candidates.Current, call, streamId: null, ct).ConfigureAwait(false);
            if (answer.IsSuccessStatusCode)
                return true;
            if (!Endpoint.Passes(answer.StatusCode) && answer.StatusCode != System.Net.HttpStatusCode.Forbidden)
                throw new RefusedException(answer.StatusCode, await Endpoint.Text(answer, ct).ConfigureAwait(false));
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // The agent is away. The stream breaks with it, and the next subscription bears what was not acknowledged.
        }
        mine.Break();
        return false;
    }

    /// <summary>What was told while the subscription was on its way.</summary>
    private async Task Repeat(List<TaskStatus> except, CancellationToken ct)
    {
        List<TaskStatus> missing;
        lock (gate)
            missing = [.. unacknowledged.Except(except)];
        foreach (var status in missing)
            if (!await Send(status, ct).ConfigureAwait(false))
                return;
    }

    private Call Subscription(out List<TaskStatus> sent)
    {
        lock (gate)
        {
            sent = [.. unacknowledged];
            return new()
            {
                Type = CallType.Subscribe,
                FrameworkId = new() { Value = Environment.FrameworkId },
                ExecutorId = new() { Value = Environment.ExecutorId },
                Subscribe = new()
                {
                    UnacknowledgedTasks = { unacknowledgedTasks.Values },
                    UnacknowledgedUpdates = { unacknowledged.Select(status => new Call.Types.Update { Status = status }) },
                },
            };
        }
    }

    private void Note(Event @event)
    {
        lock (gate)
        {
            switch (@event.Type)
            {
                case Event.Types.Type.Launch:
                    unacknowledgedTasks[@event.Launch.Task.TaskId.Value] = @event.Launch.Task;
                    break;
                case Event.Types.Type.LaunchGroup:
                    foreach (var task in @event.LaunchGroup.TaskGroup.Tasks)
                        unacknowledgedTasks[task.TaskId.Value] = task;
                    break;
                case Event.Types.Type.Acknowledged:
                    // From the first acknowledgement on, the agent knows that the task has arrived.
                    unacknowledgedTasks.Remove(@event.Acknowledged.TaskId.Value);
                    unacknowledged.RemoveAll(status => status.Uuid == @event.Acknowledged.Uuid && status.TaskId.Equals(@event.Acknowledged.TaskId));
                    break;
                case Event.Types.Type.Shutdown:
                    over = true;
                    break;
                default:
                    break;
            }
        }
    }

    private static ConnectionOptions Options(ExecutorEnvironment environment, ConnectionOptions? options) => (options ?? new()) with
    {
        Credential = options?.Credential ?? environment.Credential,
        LongestPause = environment.LongestPause,
        Patience = environment.Checkpoint ? environment.RecoveryTimeout : TimeSpan.FromMinutes(1),
    };

    private static Func<HttpMessageHandler>? Handler(ExecutorEnvironment environment) => environment.DomainSocket is not { } path ? null
        : () => new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ResponseDrainTimeout = TimeSpan.Zero,
            ConnectCallback = async (_, ct) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), ct).ConfigureAwait(false);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
}
