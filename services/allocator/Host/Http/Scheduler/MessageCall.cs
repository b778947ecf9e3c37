using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Allocator.Host.Http.Scheduler;

/// <summary>MESSAGE: bytes for an executor. Best effort: neither recorded nor repeated.</summary>
internal static class MessageCall
{
    public static async Task<MesosAnswer> Handle(SchedulerCall call, IBus bus, CancellationToken ct)
    {
        var message = call.Message.Message;
        var (agent, executor) = (new AgentId(message.AgentId.Value), new ExecutorId(message.ExecutorId.Value));
        var there = await call.Allocator.Read(
            state => state.Agents.TryGetValue(agent, out var known)
                && known.Executors.Exists(live => live.FrameworkId == call.FrameworkId && live.Spec.Id == executor), ct);
        if (there)
            await bus.Publish(Destination.Agent(agent), new MessageToExecutor(agent, call.FrameworkId, executor, message.Data.ToBase64()), call.Origin, ct);
        return MesosAnswer.Accepted;
    }
}
