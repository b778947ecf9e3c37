using Bourse.Agent.Host.Executors;
using Bourse.Agent.Host.Nested;
using Bourse.Agent.Host.Usage;
using Bourse.Contracts;
using Bourse.MesosEdge;
using Bourse.MesosV1.Agent;
using Google.Protobuf;
using V1 = Bourse.MesosV1;

namespace Bourse.Agent.Host.Operator;

/// <summary>What the agent holds, as operators are shown it.</summary>
/// <param name="Tasks">Tasks from launch to the acknowledgement of their end.</param>
/// <param name="Executors">Executors.</param>
/// <param name="Left">Directories of tasks that are over.</param>
internal sealed record AgentViews(IReadOnlyList<AgentTask> Tasks, IReadOnlyList<AgentExecutor> Executors, IReadOnlyList<LeftSandbox> Left)
{
    public static Task<AgentViews> Of(AgentRuntime agent, CancellationToken ct) =>
        agent.Inbox.Read(state => new AgentViews([.. state.Tasks], [.. state.Executors], [.. state.Sandboxes]), ct);

    public Response.Types.GetTasks GetTasks(AgentId agent) => new()
    {
        QueuedTasks = { Tasks.Where(task => task.Phase is Phase.Queued or Phase.Starting or Phase.AwaitingSecrets).Select(task => Write(task, agent)) },
        LaunchedTasks = { Tasks.Where(task => task.Phase is Phase.Running or Phase.WithExecutor).Select(task => Write(task, agent)) },
        TerminatedTasks = { Tasks.Where(task => task.Phase == Phase.Ended).Select(task => Write(task, agent)) },
    };

    public Response.Types.GetExecutors GetExecutors() => new()
    {
        Executors = { Executors.Where(executor => executor.Phase != ExecutorPhase.Ended).Select(Info) },
        CompletedExecutors = { Executors.Where(executor => executor.Phase == ExecutorPhase.Ended).Select(Info) },
    };

    public Response.Types.GetFrameworks GetFrameworks() => new()
    {
        Frameworks =
        {
            Tasks.Select(task => task.FrameworkId).Concat(Executors.Select(executor => executor.FrameworkId)).Distinct().Order().Select(id => new Response.Types.GetFrameworks.Types.Framework
            {
                FrameworkInfo = Executors.FirstOrDefault(executor => executor.FrameworkId == id) is { } known
                    ? FrameworkWriting.Write(id, known.Framework)
                    : Bare(Tasks.First(task => task.FrameworkId == id)),
            }),
        },
    };

    public Response.Types.GetContainers GetContainers(AgentId agent, NestedContainers nested, bool showNested, bool showStandalone)
    {
        var answer = new Response.Types.GetContainers();
        foreach (var executor in Executors.Where(executor => executor is { IsDefault: false, Phase: ExecutorPhase.Running }))
            answer.Containers.Add(new Response.Types.GetContainers.Types.Container
            {
                FrameworkId = new() { Value = executor.FrameworkId.Value },
                ExecutorId = new() { Value = executor.Spec.Id.Value },
                ExecutorName = executor.Spec.Name,
                ContainerId = new() { Value = executor.Container },
                ContainerStatus = Status(executor.Supervisor),
            });
        foreach (var task in Tasks.Where(task => task.Phase == Phase.Running))
            answer.Containers.Add(new Response.Types.GetContainers.Types.Container
            {
                FrameworkId = new() { Value = task.FrameworkId.Value },
                ExecutorId = new() { Value = task.Spec.Executor?.Value ?? task.Spec.Id.Value },
                ExecutorName = task.Spec.Name,
                ContainerId = new() { Value = Containers.IdOf(agent, task) },
                ContainerStatus = Status(task.Supervisor),
            });
        foreach (var container in nested.All.Where(container => container.Id.HasParent ? showNested : showStandalone))
            answer.Containers.Add(new Response.Types.GetContainers.Types.Container { ContainerId = Containers.Write(container.Id) });
        return answer;
    }

    /// <summary>Adds what running tasks use.</summary>
    public static Response.Types.GetContainers WithUse(Response.Types.GetContainers answer, AgentRuntime agent)
    {
        var uses = TaskUsage.OfAll(agent, TimeProvider.System).ToDictionary(usage => usage.ContainerId(agent.Id));
        foreach (var container in answer.Containers)
        {
            if (!uses.TryGetValue(container.ContainerId.Value, out var usage))
                continue;
            container.ResourceStatistics = JsonParser.Default.Parse<V1.ResourceStatistics>(usage.Statistics().ToJsonString());
            if (usage.Task.Container is { } own)
                container.ContainerStatus.MergeFrom(ContainerWriting.Write(own));
        }
        return answer;
    }

    private static V1.ContainerStatus? Status(ProcessIdentity? supervisor) =>
        supervisor is null ? null : new() { ExecutorPid = (uint)supervisor.Pid };

    private static Response.Types.GetExecutors.Types.Executor Info(AgentExecutor executor) => new() { ExecutorInfo = Words.Executor(executor) };

    private static V1.FrameworkInfo Bare(AgentTask task) => new()
    {
        Id = new() { Value = task.FrameworkId.Value },
        Name = "",
        User = task.User,
        Principal = task.Principal,
    };

    private static V1.Task Write(AgentTask task, AgentId agent)
    {
        var written = new V1.Task
        {
            Name = task.Spec.Name,
            TaskId = new() { Value = task.Spec.Id.Value },
            FrameworkId = new() { Value = task.FrameworkId.Value },
            AgentId = new() { Value = agent.Value },
            State = EnumNames.Parse<V1.TaskState>(Sentences.State(task.State)),
            Resources = { ResourceWriting.Write(task.Spec.Resources, ReservationFormat.Endpoint, allocationInfo: true) },
            Labels = LabelMapping.Write(task.Spec.Labels),
            Discovery = DiscoveryMapping.Write(task.Spec.Discovery),
            KillPolicy = new() { GracePeriod = Words.Duration(task.Spec.KillGrace) },
            User = task.Spec.Command.User ?? task.User,
        };
        LimitMapping.Write(written.Limits, task.Spec.Limits);
        if (task.Spec.Executor is { } executor)
            written.ExecutorId = new() { Value = executor.Value };
        return written;
    }
}
