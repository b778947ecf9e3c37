using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Deciding;

namespace Bourse.Allocator;

/// <summary>The life of executors as agents tell it, and their end on request.</summary>
public static class Executing
{
    /// <summary>SHUTDOWN. One that nobody knows is ignored, as in Mesos.</summary>
    public static Decision Decide(AllocatorState state, Shutdown c) =>
        state.Agents.TryGetValue(c.AgentId, out var agent) && Find(agent, c.FrameworkId, c.ExecutorId) is { ShutdownRequested: false }
            ? [new ExecutorShutdownRequested(c.FrameworkId, c.ExecutorId, c.AgentId, new CommandNumbers(state).Next(c.AgentId), c.Now)]
            : Decision.Nothing;

    /// <summary>An executor has ended. The agent repeats it until it is told to forget, also when nobody here remembers the executor.</summary>
    public static Decision Decide(AllocatorState state, ReportExecutor c)
    {
        var report = c.Reported;
        if (!state.Agents.TryGetValue(report.AgentId, out var agent))
            return new Refusal(RefusalCode.FutureIncarnation, $"agent {report.AgentId} has not joined yet");
        if (report.Incarnation < agent.Incarnation)
            return new Refusal(RefusalCode.StaleIncarnation, $"agent {report.AgentId} is at incarnation {agent.Incarnation}");

        var facts = Greeting.Confirm(agent, report.Incarnation, report.LastCommand).ToList();
        if (!agent.Pending.Exists(command => command is ForgetExecutor f && f.Run == report.Run))
            facts.Add(new ExecutorEnded(report.FrameworkId, report.ExecutorId, report.AgentId, report.Run, report.Status, report.Message,
                new CommandNumbers(state).Next(report.AgentId), c.Now));
        return Decision.Of(facts);
    }

    /// <summary>Executors that should be on an agent and that its hello does not name.</summary>
    internal static IEnumerable<IFact> Missing(Agent agent, AgentHello hello, long confirmed, DateTimeOffset now) =>
        from executor in agent.Executors
        where executor.LaunchCommand <= confirmed && !hello.Executors.Any(held => held.Run == executor.LaunchCommand)
        select new ExecutorEnded(executor.FrameworkId, executor.Spec.Id, hello.AgentId, executor.LaunchCommand,
            Status: null, "The agent does not know the executor", Command: null, now);

    /// <summary>The orders to end all executors of a framework.</summary>
    internal static IEnumerable<IFact> ShutDown(AllocatorState state, FrameworkId framework, CommandNumbers numbers, DateTimeOffset now) =>
        from agent in state.Agents.Values
        from executor in agent.Executors
        where executor.FrameworkId == framework && !executor.ShutdownRequested
        select new ExecutorShutdownRequested(framework, executor.Spec.Id, agent.Description.Id, numbers.Next(agent.Description.Id), now);

    /// <summary>A framework's executors on an agent.</summary>
    public static IReadOnlyList<ExecutorId> Of(Agent agent, FrameworkId framework) => agent.Executors.Count == 0
        ? [] : [.. agent.Executors.Where(executor => executor.FrameworkId == framework).Select(executor => executor.Spec.Id)];

    internal static LiveExecutor? Find(Agent agent, FrameworkId framework, ExecutorId id) =>
        agent.Executors.Find(executor => executor.FrameworkId == framework && executor.Spec.Id == id);
}
