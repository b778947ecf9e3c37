using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Deciding;

namespace Bourse.Allocator;

/// <summary>Status updates from agents: recorded once each, however often they are repeated.</summary>
public static class Reporting
{
    /// <summary>
    /// Decides an update. Reports of an incarnation not heard of yet are as true as any: only their order against the registry's
    /// word is open, and an update does not depend on it. Those of an earlier incarnation were made before a restart and will be
    /// repeated under the new one.
    /// </summary>
    public static Decision Decide(AllocatorState state, Report c)
    {
        var report = c.Reported;
        if (!state.Agents.TryGetValue(report.AgentId, out var agent))
            return new Refusal(RefusalCode.FutureIncarnation, $"agent {report.AgentId} has not joined yet");
        if (report.Incarnation < agent.Incarnation)
            return new Refusal(RefusalCode.StaleIncarnation, $"agent {report.AgentId} is at incarnation {agent.Incarnation}");

        var confirmed = Greeting.Confirm(agent, report.Incarnation, report.LastCommand);
        var operations = OperationFacts.Done(state, report.AgentId, Greeting.Done(agent, report.LastCommand), c.Now);
        var framework = state.Frameworks.GetValueOrDefault(report.FrameworkId);
        var task = framework?.Find(report.TaskId) is { } found && found.AgentId == report.AgentId ? found : null;
        var uuid = report.Update.Uuid;

        // A repeat: either the framework has not acknowledged it yet, or the order to forget it is on its way.
        bool Known(TaskUpdate update) =>
            update.Uuid is { } id && (task?.Seen.Contains(id) == true || agent.Pending.Exists(command => command is ForgetUpdate f && f.Uuid == id));
        if (Known(report.Update))
            return Decision.Of([.. confirmed, .. operations]);

        var facts = new List<IFact>();
        // Together with those that it has overtaken: the framework sees every update, in their order.
        if (task is not null && !task.State.IsTerminal())
            facts.AddRange(report.Earlier.Where(update => !Known(update)).Append(report.Update).Select(update => new TaskStatusChanged(
                report.FrameworkId, report.TaskId, report.AgentId, Withholding.Reasoned(framework!, agent, update), Greeting.Done(agent, report.LastCommand))));
        else
            facts.AddRange(confirmed);
        facts.AddRange(operations);

        // Nobody will acknowledge this one: its task is over or unknown, or its framework is. The agent must stop repeating it.
        if (uuid is not null && (task is null || task.State.IsTerminal() || framework!.Removed))
            facts.Add(new TaskStatusAcknowledged(
                report.FrameworkId, report.TaskId, report.AgentId, uuid, new CommandNumbers(state).Next(report.AgentId), c.Now));
        return Decision.Of(facts);
    }
}
