using Bourse.Contracts;
using Google.Protobuf;
using V1 = Bourse.MesosV1;
using Type = Bourse.MesosV1.ExecutorInfo.Types.Type;

namespace Bourse.Allocator.Host.Http.Mapping;

/// <summary>Executors, both ways. The words of refusals are those of Mesos.</summary>
internal static class ExecutorMapping
{
    /// <summary>An executor as a task names it.</summary>
    /// <exception cref="UnusableException">It cannot be run.</exception>
    public static ExecutorSpec Read(V1.ExecutorInfo info)
    {
        var id = info.ExecutorId.Value;
        if (FrameworkInfoMapping.IdProblem(id) is { } bad)
            throw new UnusableException($"'ExecutorInfo.executor_id' {bad}");
        // Left out means that the framework brings a program, as before there was a choice.
        var kind = info.HasType ? info.Type : Type.Custom;
        if (kind == Type.Unknown)
            throw new UnusableException("'ExecutorInfo.type' must be DEFAULT or CUSTOM");
        if (kind == Type.Default && info.Command is not null)
            throw new UnusableException("'ExecutorInfo.command' must not be set for 'DEFAULT' executor");
        if (kind == Type.Custom && info.Command is null)
            throw new UnusableException("'ExecutorInfo.command' must be set for 'CUSTOM' executor");
        // Tasks of a group have containers of their own; what the default executor shares with them is no more than a sandbox.
        if (kind == Type.Default && info.Container is { } shared && (shared.Type != V1.ContainerInfo.Types.Type.Mesos || shared.Mesos?.Image is not null))
            throw new UnusableException("Executor uses 'container.image of a DEFAULT executor', which is not supported");
        var (command, container) = kind == Type.Custom ? Program(info) : (null, null);
        if (info.ShutdownGracePeriod is { Nanoseconds: < 0 })
            throw new UnusableException("ExecutorInfo's 'shutdown_grace_period' must be non-negative");
        var resources = ResourceReading.Read(info.Resources);
        if (resources.Entries.Any(entry => entry.Shared))
            throw new UnusableException("Executor uses shared resources, which only tasks may");
        return new(
            new(id),
            kind == Type.Default ? ExecutorKind.Default : ExecutorKind.Custom,
            info.HasName ? info.Name : "",
            resources,
            command,
            info.ShutdownGracePeriod is { } grace ? TimeSpan.FromTicks(grace.Nanoseconds / TimeSpan.NanosecondsPerTick) : null,
            LabelMapping.Read(info.Labels),
            info.HasSource ? info.Source : null,
            info.HasData ? info.Data.ToBase64() : null,
            DiscoveryMapping.Read(info.Discovery),
            container);
    }

    // With the validations of a task of the same container and command.
    private static (TaskCommand, TaskContainer?) Program(V1.ExecutorInfo info)
    {
        var described = DockerParameters.Resolve(new V1.TaskInfo { Command = info.Command, Container = info.Container });
        if (described.Container?.TtyInfo is not null)
            throw new UnusableException("Executor uses 'container.tty_info', which is not supported");
        if (ContainerMapping.SecretFiles(described.Container).Count > 0)
            throw new UnusableException("Executor uses 'container.volumes.source.secret', which is not supported");
        return (TaskInfoMapping.Command(described.Command, described.Container), ContainerMapping.Read(described.Container));
    }

    /// <summary>An executor as operators see it: without its program's environment and the framework's own data.</summary>
    public static V1.ExecutorInfo Write(FrameworkId framework, ExecutorSpec spec)
    {
        var info = new V1.ExecutorInfo
        {
            Type = spec.Kind == ExecutorKind.Default ? Type.Default : Type.Custom,
            ExecutorId = new() { Value = spec.Id.Value },
            FrameworkId = new() { Value = framework.Value },
            Name = spec.Name,
            Resources = { ResourceWriting.Write(spec.Resources, ReservationFormat.Endpoint, allocationInfo: true) },
            Labels = LabelMapping.Write(spec.Labels),
            Discovery = DiscoveryMapping.Write(spec.Discovery),
        };
        if (spec.Command is { Value: { } value } command)
            info.Command = new() { Shell = command.Shell, Value = value, Arguments = { command.Arguments } };
        if (spec.Source is { } source)
            info.Source = source;
        return info;
    }
}
