using Bourse.Allocator.Host.Http.Mapping;
using Bourse.Contracts;

namespace Bourse.Allocator.Host.Http.Scheduler;

/// <summary>
/// UPDATE_FRAMEWORK: the one call that is told what is wrong with it. Taken, it gets 202 like all others: mesos-go expects that and
/// stumbles over the 200 of Mesos.
/// </summary>
internal static class UpdateFrameworkCall
{
    public static async Task<MesosAnswer> Handle(SchedulerCall call, CancellationToken ct)
    {
        var update = call.Message.UpdateFramework;
        var info = update.FrameworkInfo;
        if (info.HasPrincipal && info.Principal != call.Framework.Principal)
            return MesosAnswer.Bad("Updating 'FrameworkInfo.principal' is unsupported");
        FrameworkDescription description;
        try
        {
            description = FrameworkInfoMapping.Read(info, update.OfferConstraints, call.Framework.Principal);
        }
        catch (UnusableException e)
        {
            return MesosAnswer.Bad(e.Message);
        }
        var decision = await call.Allocator.Send(
            new UpdateFramework(
                call.FrameworkId, description, update.SuppressedRoles.Distinct().Order(StringComparer.Ordinal).ToValueList(), call.Now),
            call.Origin, ct);
        return decision.Refusal is { } refusal ? MesosAnswer.Bad(refusal.Message) : MesosAnswer.Accepted;
    }
}
