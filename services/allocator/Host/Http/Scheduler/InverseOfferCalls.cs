using Bourse.Contracts;
using V1 = Bourse.MesosV1;

namespace Bourse.Allocator.Host.Http.Scheduler;

/// <summary>ACCEPT_INVERSE_OFFERS and DECLINE_INVERSE_OFFERS: what the framework says is noted for the operator and ends nothing.</summary>
internal static class InverseOfferCalls
{
    public static Task<MesosAnswer> Accept(SchedulerCall call, CancellationToken ct) =>
        Handle(call, call.Message.AcceptInverseOffers.InverseOfferIds, accepted: true, call.Message.AcceptInverseOffers.Filters, ct);

    public static Task<MesosAnswer> Decline(SchedulerCall call, CancellationToken ct) =>
        Handle(call, call.Message.DeclineInverseOffers.InverseOfferIds, accepted: false, call.Message.DeclineInverseOffers.Filters, ct);

    private static async Task<MesosAnswer> Handle(SchedulerCall call, IEnumerable<V1.OfferID> ids, bool accepted, V1.Filters? filters, CancellationToken ct) =>
        Decided.Answer(await call.Allocator.Send(
            new AnswerInverseOffers(
                call.FrameworkId, ids.Select(id => new OfferId(id.Value)).ToValueList(), accepted, RefuseFor.From(filters?.RefuseSeconds), call.Now),
            call.Origin, ct));
}
