using System.Diagnostics;
using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Allocator;

/// <summary>What facts about tasks change.</summary>
public static class TaskFacts
{
    internal static void Evolve(AllocatorState state, ITaskFact fact)
    {
        if (CommandTo(fact) is { } command && state.Agents.TryGetValue(command.AgentId, out var agent))
        {
            agent.LastCommand = command.Command.Number;
            agent.Pending.Add(command.Command);
        }

        switch (fact)
        {
            case TaskLaunched f: Launch(state, f); break;
            case TaskStatusChanged f: Change(state, f); break;
            case TaskStatusAcknowledged f: Acknowledge(state, f); break;
            case TaskKillRequested f: state.Frameworks[f.FrameworkId].Tasks[f.TaskId].KillRequested = true; break;
            case TaskRefused: break;
            default: throw new UnreachableException($"no evolution for {fact}");
        }
    }

    /// <summary>The command to an agent that a fact stands for, or null.</summary>
    public static (AgentId AgentId, AgentCommand Command)? CommandTo(ITaskFact fact) => fact switch
    {
        TaskLaunched f => (f.AgentId, new LaunchTask(f.Command, f.FrameworkId, f.Spec.Id, f.Spec, f.Principal, f.Spec.Command.User ?? "")),
        TaskKillRequested f => (f.AgentId, new KillTask(f.Command, f.FrameworkId, f.TaskId, f.Grace, f.Announce)),
        TaskStatusAcknowledged f => (f.AgentId, new ForgetUpdate(f.Command, f.FrameworkId, f.TaskId, f.Uuid)),
        _ => null,
    };

    private static void Launch(AllocatorState state, TaskLaunched f)
    {
        var framework = state.Frameworks[f.FrameworkId];
        // Mesos lets an id be used again once the task before it has completed.
        framework.CompletedTasks.RemoveAll(past => past.Spec.Id == f.Spec.Id);
        framework.Tasks.Add(f.Spec.Id, new LiveTask
        {
            Spec = f.Spec,
            AgentId = f.AgentId,
            Role = f.Role,
            OfferId = f.OfferId,
            Principal = f.Principal,
            LaunchCommand = f.Command,
        });
        var agent = state.Agents[f.AgentId];
        agent.Free = agent.Free.Used(f.Spec.Resources.AllocatedTo(null));
        agent.Used += f.Spec.Resources;
    }

    private static void Change(AllocatorState state, TaskStatusChanged f)
    {
        var agent = state.Agents[f.AgentId];
        CapacityFacts.Confirm(agent, f.Confirmed);

        var framework = state.Frameworks[f.FrameworkId];
        var task = framework.Tasks[f.TaskId];
        var ended = !task.State.IsTerminal() && f.Update.State.IsTerminal();
        task.State = f.Update.State;
        task.Statuses.RemoveAll(status => status.State == f.Update.State);
        task.Statuses.Add(f.Update);
        if (f.Update.Uuid is { } uuid)
        {
            task.Seen.Add(uuid);
            task.Unacknowledged.Add(f.Update);
        }
        if (ended)
            Release(agent, task.Spec.Resources);
        CompleteWhenDone(state, framework, task);
    }

    private static void Acknowledge(AllocatorState state, TaskStatusAcknowledged f)
    {
        if (!state.Frameworks.TryGetValue(f.FrameworkId, out var framework) || !framework.Tasks.TryGetValue(f.TaskId, out var task))
            return;
        task.Unacknowledged.RemoveAll(update => update.Uuid == f.Uuid);
        CompleteWhenDone(state, framework, task);
    }

    private static void CompleteWhenDone(AllocatorState state, Framework framework, LiveTask task)
    {
        if (!task.State.IsTerminal() || task.Unacknowledged.Count > 0)
            return;
        framework.Tasks.Remove(task.Spec.Id);
        framework.CompletedTasks.Add(task);
        if (framework.CompletedTasks.Count > AllocatorState.MaxCompletedTasksPerFramework)
            framework.CompletedTasks.RemoveAt(0);
        FrameworkFacts.CompleteWhenEmpty(state, framework);
    }

    private static void Release(Agent agent, Resources resources)
    {
        agent.Used -= resources;
        CapacityFacts.Balance(agent);
    }
}
