using Bourse.Allocator.Host.Http.Mapping;
using Bourse.Allocator.Host.Http.Streams;
using Bourse.Contracts;
using V1 = Bourse.MesosV1;
using OperationType = Bourse.MesosV1.Offer.Types.Operation.Types.Type;

namespace Bourse.Allocator.Host.Http.Scheduler;

/// <summary>
/// ACCEPT: always 202. Tasks that cannot be launched get a status update, operations that asked for feedback an operation status.
/// </summary>
internal static class AcceptCall
{
    public static async Task<Answer> Handle(SchedulerCall call, CancellationToken ct)
    {
        var accept = call.Message.Accept;
        // An id that no journal can hold is refused here and recorded nowhere; the others go to the loop.
        var launches = accept.Operations.SelectMany(Launches).ToLookup(launch => TaskInfoMapping.IdProblem(launch.TaskId));
        var decision = await call.Allocator.Send(
            new Accept(
                call.FrameworkId,
                accept.OfferIds.Select(id => new OfferId(id.Value)).ToValueList(),
                launches[null].ToValueList(),
                RefuseFor.From(accept.Filters?.RefuseSeconds),
                call.Now),
            call.Origin, ct);

        if (decision.Refusal is not null)
            return Answer.To(decision);

        // Told once the rest is stored: an answer that came first would speak of a call that never happened.
        foreach (var problem in launches.Where(problem => problem.Key is not null))
            foreach (var launch in problem)
                call.Stream.Post(new StreamItem.Update(launch.TaskId, launch.AgentId,
                    new(TaskState.Error, call.Now, "SOURCE_MASTER", "REASON_TASK_INVALID", problem.Key)));
        foreach (var operation in accept.Operations.Where(operation => operation.Id is not null && !IsLaunch(operation)))
            call.Stream.Post(new StreamItem.Operation(Refused(operation)));
        return Answer.Accepted;
    }

    private static bool IsLaunch(V1.Offer.Types.Operation operation) => operation.Type is OperationType.Launch or OperationType.LaunchGroup;

    private static IEnumerable<Launch> Launches(V1.Offer.Types.Operation operation) => operation.Type switch
    {
        OperationType.Launch when operation.Id is not null =>
            operation.Launch.TaskInfos.Select(task => Refused(task, "The operation LAUNCH must not have an 'id'")),
        OperationType.Launch => operation.Launch.TaskInfos.Select(TaskInfoMapping.Read),
        OperationType.LaunchGroup => GroupMapping.Read(operation),
        _ => [],
    };

    private static Launch Refused(V1.TaskInfo task, string why) => new(new(task.TaskId.Value), new(task.AgentId.Value), Spec: null, why);

    private static V1.OperationStatus Refused(V1.Offer.Types.Operation operation) => new()
    {
        OperationId = operation.Id,
        State = V1.OperationState.OperationError,
        Message = $"The operation {EnumNames.Of(operation.Type)} is not supported",
    };
}
