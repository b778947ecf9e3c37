using System.Diagnostics;
using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Allocator;

/// <summary>What facts about executors change.</summary>
public static class ExecutorFacts
{
    internal static void Evolve(AllocatorState state, IExecutorFact fact)
    {
        var agent = state.Agents[fact.AgentId];
        if (CommandTo(fact) is { } command)
        {
            agent.LastCommand = command.Command.Number;
            agent.Pending.Add(command.Command);
        }

        switch (fact)
        {
            case ExecutorLaunched f:
                agent.Executors.Add(new LiveExecutor { FrameworkId = f.FrameworkId, Spec = f.Spec, Role = f.Role, LaunchCommand = f.Command });
                agent.Free = agent.Free.Used(f.Spec.Resources.AllocatedTo(null));
                agent.Used += f.Spec.Resources;
                break;
            case ExecutorShutdownRequested f:
                if (Executing.Find(agent, f.FrameworkId, f.ExecutorId) is { } asked)
                    asked.ShutdownRequested = true;
                break;
            case ExecutorEnded f:
                if (Held(agent, f) is not { } ended)
                    break;
                agent.Executors.Remove(ended);
                agent.Used -= ended.Spec.Resources;
                CapacityFacts.Balance(agent);
                break;
            default:
                throw new UnreachableException($"no evolution for {fact}");
        }
    }

    /// <summary>The command to an agent that a fact stands for, or null.</summary>
    public static (AgentId AgentId, AgentCommand Command)? CommandTo(IExecutorFact fact) => fact switch
    {
        ExecutorLaunched f => (f.AgentId, new LaunchExecutor(f.Command, f.FrameworkId, f.Spec, f.Framework)),
        ExecutorShutdownRequested f => (f.AgentId, new ShutdownExecutor(f.Command, f.FrameworkId, f.ExecutorId)),
        ExecutorEnded { Command: { } number } f => (f.AgentId, new ForgetExecutor(number, f.FrameworkId, f.ExecutorId, f.Run)),
        _ => null,
    };

    /// <summary>The executor whose end a fact tells; null when its end was known.</summary>
    internal static LiveExecutor? Held(Agent agent, ExecutorEnded f) =>
        agent.Executors.Find(executor => executor.LaunchCommand == f.Run);
}
