using System.Globalization;
using Bourse.Agent.Host.Nested;
using Bourse.Contracts;
using V1 = Bourse.MesosV1;

namespace Bourse.Agent.Host.Operator;

/// <summary>Containers by their ids: executors and tasks bear one each, nested ones are told apart below them.</summary>
internal static class Containers
{
    /// <summary>The id of a task's container; its run is what follows the last dash.</summary>
    public static string IdOf(AgentId agent, AgentTask task) =>
        task.Container?.Id ?? $"{agent}-{task.Run.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>What runs in the outermost container of an id; null when nothing does, or nothing of the visitor's.</summary>
    public static async Task<Neighbour?> Beside(AgentRuntime agent, Visitor visitor, ContainerPath id, CancellationToken ct)
    {
        var root = id.Root;
        if (agent.Executors.OfContainer(root) is { Phase: not ExecutorPhase.Ended } executor && agent.Sandboxes.Find(executor.Key.SandboxKey) is { } own)
        {
            if (!visitor.IsOperator && (visitor.Executor is { } self ? self.Container != root : visitor.Principal != executor.Framework.Principal))
                return null;
            // A task of a group is one level down.
            if (executor.IsDefault && id.Text.Split('/') is [_, var inner, ..] && await Task(inner) is { } grouped && grouped.ExecutorKey == executor.Key)
                return Of(grouped);
            return executor.IsDefault ? null : new(executor.Supervisor, own.Path, executor.Spec.Command?.User ?? executor.Framework.User, own.Ended, executor.Run);
        }
        return visitor.Executor is null && await Task(root) is { } task && (visitor.IsOperator || visitor.Principal == task.Principal) ? Of(task) : null;

        Task<AgentTask?> Task(string container) =>
            long.TryParse(container.AsSpan(container.LastIndexOf('-') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var run)
                ? agent.Inbox.Read(state => state.Find(run) is { Phase: Phase.Running } found ? found : null, ct)
                : System.Threading.Tasks.Task.FromResult<AgentTask?>(null);

        Neighbour? Of(AgentTask found) => agent.Sandboxes.Find(found.Key) is { } sandbox
            ? new(found.Supervisor, sandbox.Path, found.Spec.Command.User ?? found.User, sandbox.Ended, found.Run)
            : null;
    }

    public static V1.ContainerID Write(ContainerPath id)
    {
        V1.ContainerID? written = null;
        foreach (var part in id.Text.Split('/'))
            written = written is null ? new() { Value = part } : new() { Value = part, Parent = written };
        return written!;
    }

    public static TaskCommand Command(V1.CommandInfo? command)
    {
        if (command is not { HasValue: true })
            throw new Processes.CannotStartException("'command.value' is required");
        return new(
            command.Shell, command.Value, command.Arguments.ToValueList(),
            command.Environment is { } environment
                ? environment.Variables.Where(variable => variable.HasValue).Select(variable => new Variable(variable.Name, variable.Value)).ToValueList() : [],
            command.HasUser ? command.User : null);
    }
}
