using Bourse.MesosV1;
using Bourse.MesosV1.Scheduler;
using Google.Protobuf;
using CallType = Bourse.MesosV1.Scheduler.Call.Types.Type;
using Task = System.Threading.Tasks.Task;
using TaskStatus = Bourse.MesosV1.TaskStatus;

namespace Bourse.Client;

/// <summary>The calls of a scheduler, one method each. All answer as <see cref="SchedulerClient.Call"/> does.</summary>
public static class SchedulerCalls
{
    /// <summary>ACCEPT with LAUNCH: starts tasks on an offer. What is left of it is declined for <paramref name="refuse"/>.</summary>
    public static Task<bool> Launch(
        this SchedulerClient scheduler, Offer offer, IEnumerable<TaskInfo> tasks, TimeSpan? refuse = null, CancellationToken cancellationToken = default) =>
        scheduler.Accept([offer.Id], [new() { Type = Offer.Types.Operation.Types.Type.Launch, Launch = new() { TaskInfos = { tasks } } }], refuse, cancellationToken);

    /// <summary>ACCEPT: carries out operations on offers of one agent, in order.</summary>
    public static Task<bool> Accept(
        this SchedulerClient scheduler, IEnumerable<OfferID> offers, IEnumerable<Offer.Types.Operation> operations, TimeSpan? refuse = null,
        CancellationToken cancellationToken = default) =>
        scheduler.Call(
            new() { Type = CallType.Accept, Accept = new() { OfferIds = { offers }, Operations = { operations }, Filters = Refuse(refuse) } }, cancellationToken);

    /// <summary>DECLINE: the resources of these offers are not wanted for <paramref name="refuse"/>; 5 s when it is not said.</summary>
    public static Task<bool> Decline(
        this SchedulerClient scheduler, IEnumerable<Offer> offers, TimeSpan? refuse = null, CancellationToken cancellationToken = default) =>
        scheduler.Call(
            new() { Type = CallType.Decline, Decline = new() { OfferIds = { offers.Select(offer => offer.Id) }, Filters = Refuse(refuse) } }, cancellationToken);

    /// <summary>ACKNOWLEDGE: the update is taken in, the next one of the task may come. One without a uuid needs none.</summary>
    public static Task<bool> Acknowledge(this SchedulerClient scheduler, TaskStatus status, CancellationToken cancellationToken = default) =>
        !status.HasUuid
            ? Task.FromResult(true)
            : scheduler.Call(
                new() { Type = CallType.Acknowledge, Acknowledge = new() { AgentId = status.AgentId, TaskId = status.TaskId, Uuid = status.Uuid } },
                cancellationToken);

    /// <summary>KILL: ends a task.</summary>
    public static Task<bool> Kill(
        this SchedulerClient scheduler, TaskID task, AgentID? agent = null, TimeSpan? grace = null, CancellationToken cancellationToken = default) =>
        scheduler.Call(
            new()
            {
                Type = CallType.Kill,
                Kill = new()
                {
                    TaskId = task,
                    AgentId = agent,
                    KillPolicy = grace is { } time ? new() { GracePeriod = new() { Nanoseconds = (long)time.TotalNanoseconds } } : null,
                },
            },
            cancellationToken);

    /// <summary>RECONCILE: asks for the state of these tasks, or of all when none is named. Answers come as updates.</summary>
    public static Task<bool> Reconcile(
        this SchedulerClient scheduler, IEnumerable<(TaskID Task, AgentID? Agent)> tasks, CancellationToken cancellationToken = default) =>
        scheduler.Call(
            new()
            {
                Type = CallType.Reconcile,
                Reconcile = new() { Tasks = { tasks.Select(one => new Call.Types.Reconcile.Types.Task { TaskId = one.Task, AgentId = one.Agent }) } },
            },
            cancellationToken);

    /// <summary>SUPPRESS: no more offers in these roles, or in any when none is named. It outlives reconnections.</summary>
    public static Task<bool> Suppress(this SchedulerClient scheduler, IEnumerable<string>? roles = null, CancellationToken cancellationToken = default) =>
        scheduler.Call(new() { Type = CallType.Suppress, Suppress = new() { Roles = { roles ?? [] } } }, cancellationToken);

    /// <summary>REVIVE: offers again, and what was declined as well.</summary>
    public static Task<bool> Revive(this SchedulerClient scheduler, IEnumerable<string>? roles = null, CancellationToken cancellationToken = default) =>
        scheduler.Call(new() { Type = CallType.Revive, Revive = new() { Roles = { roles ?? [] } } }, cancellationToken);

    /// <summary>MESSAGE: bytes for an executor, at most once.</summary>
    public static Task<bool> Message(
        this SchedulerClient scheduler, AgentID agent, ExecutorID executor, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        scheduler.Call(
            new() { Type = CallType.Message, Message = new() { AgentId = agent, ExecutorId = executor, Data = ByteString.CopyFrom(data.Span) } },
            cancellationToken);

    /// <summary>SHUTDOWN: ends an executor with its tasks.</summary>
    public static Task<bool> Shutdown(
        this SchedulerClient scheduler, AgentID agent, ExecutorID executor, CancellationToken cancellationToken = default) =>
        scheduler.Call(new() { Type = CallType.Shutdown, Shutdown = new() { AgentId = agent, ExecutorId = executor } }, cancellationToken);

    /// <summary>UPDATE_FRAMEWORK: replaces the description, the suppressed roles and the constraints on offers.</summary>
    public static Task<bool> Update(
        this SchedulerClient scheduler, FrameworkInfo framework, IEnumerable<string>? suppressedRoles = null, OfferConstraints? constraints = null,
        CancellationToken cancellationToken = default)
    {
        var info = framework.Clone();
        info.Id ??= scheduler.FrameworkId;
        return scheduler.Call(
            new()
            {
                Type = CallType.UpdateFramework,
                UpdateFramework = new() { FrameworkInfo = info, SuppressedRoles = { suppressedRoles ?? [] }, OfferConstraints = constraints },
            },
            cancellationToken);
    }

    /// <summary>TEARDOWN: the framework is over, its tasks are ended, and the events with it.</summary>
    public static Task<bool> Teardown(this SchedulerClient scheduler, CancellationToken cancellationToken = default) =>
        scheduler.Call(new() { Type = CallType.Teardown }, cancellationToken);

    private static Filters? Refuse(TimeSpan? time) => time is { } given ? new Filters { RefuseSeconds = given.TotalSeconds } : null;
}
