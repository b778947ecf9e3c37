namespace Bourse.Allocator.Host.Http.Scheduler;

/// <summary>TEARDOWN: the framework is over, its tasks are killed, its stream ends, its id is burnt.</summary>
internal static class TeardownCall
{
    public static async Task<MesosAnswer> Handle(SchedulerCall call, CancellationToken ct)
    {
        return Decided.Answer(await call.Allocator.Send(new Teardown(call.FrameworkId, "its scheduler tore it down", call.Now), call.Origin, ct));
    }
}
