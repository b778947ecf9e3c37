using System.Diagnostics;
using Bourse.Contracts;

namespace Bourse.Allocator;

/// <summary>What becomes of offers, tasks and operations of an agent that is taken out of use, emptied, or out.</summary>
internal static class Withholding
{
    /// <summary>Whether a command is about an agent's standing.</summary>
    public static bool IsAbout(AllocatorCommand command) => command is AgentWithheld or AgentReleased or AgentOut;

    /// <summary>The facts that follow. <paramref name="agent"/> is null when it joins in this very decision.</summary>
    public static IEnumerable<IFact> Decide(AllocatorState state, Agent? agent, AllocatorCommand command) => command switch
    {
        AgentWithheld c when agent?.Standing == new AgentStanding(Deactivated: true, c.Drain) => [],
        AgentWithheld c => [
            .. Joining.Rescind(state, c.AgentId, c.Drain is null ? "the agent was deactivated" : "the agent drains", c.Now),
            new CapacityWithheld(c.AgentId, c.Incarnation, c.Drain, c.Now),
            .. Kills(state, c)],
        AgentReleased c => agent is { Standing.Deactivated: true } ? [new CapacityReleased(c.AgentId, c.Incarnation, c.Now)] : [],
        AgentOut c when agent is { Removed: true } && agent.Standing.Gone == c.Gone => [],
        AgentOut c => Out(state, agent, c),
        _ => throw new UnreachableException($"{command} is not about an agent's standing"),
    };

    /// <summary>Draining agents on which nothing is left: no task that lives or waits to be acknowledged, and no operation.</summary>
    public static IEnumerable<IFact> Emptied(AllocatorState state, DateTimeOffset now)
    {
        foreach (var (id, agent) in state.Agents)
            if (agent is { Standing.IsDraining: true, Removed: false }
                && !state.Frameworks.Values.Any(framework => framework.Tasks.Values.Any(task => task.AgentId == id))
                && !state.Operations.Values.Any(operation => operation.AgentId == id))
                yield return new CapacityDrained(id, agent.Incarnation, now);
    }

    /// <summary>An update of a task on a draining agent says why the task ends.</summary>
    public static TaskUpdate Reasoned(Framework framework, Agent agent, TaskUpdate update) => agent.Standing.Drain is not { } drain ? update : update.State switch
    {
        TaskState.Killing => update with { Reason = "REASON_AGENT_DRAINING" },
        TaskState.Killed => update with
        {
            Reason = "REASON_AGENT_DRAINING",
            State = drain.MarkGone && framework.Can("PARTITION_AWARE") ? TaskState.GoneByOperator : TaskState.Killed,
        },
        _ => update,
    };

    private static IEnumerable<IFact> Kills(AllocatorState state, AgentWithheld c)
    {
        if (c.Drain is not { Drained: false } drain)
            yield break;
        var numbers = new CommandNumbers(state);
        foreach (var framework in state.Frameworks.Values)
            foreach (var task in framework.Tasks.Values.Where(task => task.AgentId == c.AgentId && !task.State.IsTerminal()))
            {
                var shorter = drain.MaxGrace is { } most && most < task.Spec.KillGrace;
                // One that was asked before may have been given longer.
                if (!task.KillRequested || shorter)
                    yield return new TaskKillRequested(
                        framework.Id, task.Spec.Id, c.AgentId, shorter ? drain.MaxGrace : null, numbers.Next(c.AgentId), c.Now,
                        framework.Can("TASK_KILLING_STATE"));
            }
    }

    private static IEnumerable<IFact> Out(AllocatorState state, Agent? agent, AgentOut c)
    {
        var reason = c.Gone ? "an operator marked it gone" : "its machine is down for maintenance";
        foreach (var fact in Joining.Rescind(state, c.AgentId, $"the agent is out: {reason}", c.Now))
            yield return fact;
        foreach (var framework in state.Frameworks.Values)
            foreach (var task in framework.Tasks.Values.Where(task => task.AgentId == c.AgentId && !task.State.IsTerminal()))
                yield return new TaskStatusChanged(framework.Id, task.Spec.Id, c.AgentId, new TaskUpdate(
                    c.Gone && framework.Can("PARTITION_AWARE") ? TaskState.GoneByOperator : TaskState.Lost, c.Now, "SOURCE_MASTER",
                    c.Gone ? "REASON_AGENT_REMOVED_BY_OPERATOR" : "REASON_AGENT_REMOVED", $"The agent is out: {reason}"));
        foreach (var executor in agent?.Executors ?? [])
            yield return new ExecutorEnded(
                executor.FrameworkId, executor.Spec.Id, c.AgentId, executor.LaunchCommand, Status: null, $"The agent is out: {reason}", Command: null, c.Now);
        foreach (var fact in OperationFacts.Lost(state, c.AgentId, OperationState.GoneByOperator, $"The agent is out: {reason}", c.Now))
            yield return fact;
        // One that registers again shows by its hello what it has of both.
        yield return new CapacityRemoved(c.AgentId, agent?.Incarnation ?? c.Incarnation, c.Gone, reason, c.Now);
    }
}
