using Bourse.Contracts;

namespace Bourse.Allocator.Host.Http.Scheduler;

/// <summary>REVIVE: offers are wanted again, also what was declined. Roles that are not the framework's are ignored.</summary>
internal static class ReviveCall
{
    public static async Task<MesosAnswer> Handle(SchedulerCall call, CancellationToken ct)
    {
        var roles = call.Message.Revive?.Roles.ToValueList() ?? [];
        return Decided.Answer(await call.Allocator.Send(new Revive(call.FrameworkId, roles, call.Now), call.Origin, ct));
    }
}
