using Bourse.Allocator.Host.Http.Mapping;
using Bourse.Allocator.Host.Http.Streams;
using Bourse.Contracts;
using V1 = Bourse.MesosV1;
using WireType = Bourse.MesosV1.Offer.Types.Operation.Types.Type;

namespace Bourse.Allocator.Host.Http.Scheduler;

/// <summary>
/// ACCEPT: always 202. Tasks that cannot be launched get a status update, operations that asked for feedback an operation status.
/// </summary>
internal static class AcceptCall
{
    public static async Task<MesosAnswer> Handle(SchedulerCall call, CancellationToken ct)
    {
        var accept = call.Message.Accept;
        // An id that no journal can hold is refused here and recorded nowhere; the others go to the loop.
        var unrecorded = new List<(Launch Launch, string Problem)>();
        var operations = accept.Operations.Select(operation => Read(operation, call.FrameworkId, unrecorded)).OfType<Operation>().ToValueList();
        var decision = await call.Allocator.Send(
            new Accept(
                call.FrameworkId,
                accept.OfferIds.Select(id => new OfferId(id.Value)).ToValueList(),
                [],
                RefuseFor.From(accept.Filters?.RefuseSeconds),
                call.Now,
                operations),
            call.Origin, ct);

        if (decision.Refusal is not null)
            return Decided.Answer(decision);

        // Told once the rest is stored: an answer that came first would speak of a call that never happened.
        foreach (var (launch, problem) in unrecorded)
            call.Stream.Post(new StreamItem.Update(launch.TaskId, launch.AgentId,
                new(TaskState.Error, call.Now, "SOURCE_MASTER", "REASON_TASK_INVALID", problem)));
        foreach (var operation in accept.Operations.Where(operation => operation.Id is not null && !IsLaunch(operation) && OperationMapping.Read(operation) is null))
            call.Stream.Post(new StreamItem.Operation(OperationMapping.Status(
                operation.Id.Value, agent: null, OperationState.Error, statusUuid: null, $"The operation {EnumNames.Of(operation.Type)} is not supported")));
        return MesosAnswer.Accepted;
    }

    private static bool IsLaunch(V1.Offer.Types.Operation operation) => operation.Type is WireType.Launch or WireType.LaunchGroup;

    private static Operation? Read(V1.Offer.Types.Operation operation, FrameworkId framework, List<(Launch, string)> unrecorded) => operation.Type switch
    {
        WireType.Launch => new LaunchTasks(Recordable(Launches(operation, framework), unrecorded)),
        WireType.LaunchGroup => new LaunchTasks(Recordable(Group(operation, framework), unrecorded)),
        _ => OperationMapping.Read(operation),
    };

    private static IEnumerable<Launch> Launches(V1.Offer.Types.Operation operation, FrameworkId framework) => operation.Id is null
        ? operation.Launch.TaskInfos.Select(task => Foreign(task.Executor, framework) is { } foreign ? Refused(task, foreign) : TaskInfoMapping.Read(task))
        : operation.Launch.TaskInfos.Select(task => Refused(task, "The operation LAUNCH must not have an 'id'"));

    private static IEnumerable<Launch> Group(V1.Offer.Types.Operation operation, FrameworkId framework)
    {
        var group = GroupMapping.Read(operation);
        return Foreign(operation.LaunchGroup.Executor, framework) is { } foreign ? group.Select(launch => launch with { Spec = null, Invalid = foreign }) : group;
    }

    // Left out it is filled in, as in Mesos.
    private static string? Foreign(V1.ExecutorInfo? executor, FrameworkId framework) =>
        executor?.FrameworkId is { Value: { Length: > 0 } named } && named != framework.Value
            ? $"ExecutorInfo has an invalid FrameworkID (Actual: {named} vs Expected: {framework})" : null;

    private static ValueList<Launch> Recordable(IEnumerable<Launch> launches, List<(Launch, string)> unrecorded)
    {
        var recordable = new List<Launch>();
        foreach (var launch in launches)
            if (TaskInfoMapping.IdProblem(launch.TaskId) is { } problem)
                unrecorded.Add((launch, problem));
            else
                recordable.Add(launch);
        return recordable.ToValueList();
    }

    private static Launch Refused(V1.TaskInfo task, string? why) => new(new(task.TaskId.Value), new(task.AgentId.Value), Spec: null, why);
}
