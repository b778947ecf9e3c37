namespace Bourse.Allocator.Host.Http.Scheduler;

/// <summary>TEARDOWN: the framework is over, its tasks are killed, its stream ends, its id is burnt.</summary>
internal static class TeardownCall
{
    public static async Task<Answer> Handle(SchedulerCall call, CancellationToken ct)
    {
        return Answer.To(await call.Allocator.Send(new Teardown(call.FrameworkId, "its scheduler tore it down", call.Now), call.Origin, ct));
    }
}
