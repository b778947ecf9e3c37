using Bourse.Contracts;

namespace Bourse.Allocator.Host.Http.Scheduler;

/// <summary>DECLINE: the offers' resources stay away for a while. A late decline is normal, so unknown offers are ignored.</summary>
internal static class DeclineCall
{
    public static async Task<MesosAnswer> Handle(SchedulerCall call, CancellationToken ct)
    {
        var decline = call.Message.Decline;
        return Decided.Answer(await call.Allocator.Send(
            new Decline(
                call.FrameworkId,
                decline.OfferIds.Select(id => new OfferId(id.Value)).ToValueList(),
                RefuseFor.From(decline.Filters?.RefuseSeconds),
                call.Now),
            call.Origin, ct));
    }
}
