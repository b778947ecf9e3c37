using Bourse.Contracts;
using Bourse.Deciding;
using Bourse.Journal;
using Bourse.MesosV1.Master;

namespace Bourse.Allocator.Host.Http.Operator;

/// <summary>TEARDOWN by an operator: as by the framework itself, but answered.</summary>
internal static class TeardownCall
{
    public static async Task<OperatorAnswer> Handle(
        Call.Types.Teardown call, IInbox<AllocatorState, AllocatorCommand> allocator, Origin origin, DateTimeOffset now, CancellationToken ct)
    {
        var decision = await allocator.Send(
            new Teardown(new(call.FrameworkId.Value), $"{origin.Principal} tore it down", now), origin, ct);
        return decision.Refusal switch
        {
            null => OperatorAnswer.Done,
            { Code: RefusalCode.UnknownFramework } => MesosAnswer.Bad("No framework found with specified ID"),
            var refusal => MesosAnswer.Bad(refusal.Message),
        };
    }
}
