using Bourse.Contracts;

namespace Bourse.Allocator.Host.Http.Scheduler;

/// <summary>REVIVE: offers are wanted again, also what was declined. Roles that are not the framework's are ignored.</summary>
internal static class ReviveCall
{
    public static async Task<Answer> Handle(SchedulerCall call, CancellationToken ct)
    {
        var roles = call.Message.Revive?.Roles.ToValueList() ?? [];
        return Answer.To(await call.Allocator.Send(new Revive(call.FrameworkId, roles, call.Now), call.Origin, ct));
    }
}
