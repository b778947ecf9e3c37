using Bourse.Contracts;

namespace Bourse.Allocator.Host.Http.Scheduler;

/// <summary>SUPPRESS: no offers until REVIVE. Roles that are not the framework's are ignored.</summary>
internal static class SuppressCall
{
    public static async Task<MesosAnswer> Handle(SchedulerCall call, CancellationToken ct)
    {
        var roles = call.Message.Suppress?.Roles.ToValueList() ?? [];
        return Decided.Answer(await call.Allocator.Send(new Suppress(call.FrameworkId, roles, call.Now), call.Origin, ct));
    }
}
