using System.Text;
using Bourse.Contracts;
using V1 = Bourse.MesosV1;

namespace Bourse.Allocator.Host.Http.Mapping;

/// <summary>
/// A task's description. Whatever cannot be honoured is refused by name: a task that ran without its health check, its image or
/// its limit would be worse than one that did not run.
/// </summary>
internal static class TaskInfoMapping
{
    /// <summary>What the built-in executor of Mesos waits between TERM and KILL.</summary>
    public static readonly TimeSpan DefaultKillGrace = TimeSpan.FromSeconds(3);

    // What an amount can be; a limit beyond it limits nothing and is to be given as infinite.
    private const double MostOfALimit = 9e15;

    /// <summary>The launch of one task; when its description is unacceptable on its own, the launch says why.</summary>
    public static Launch Read(V1.TaskInfo info)
    {
        var (task, agent) = (new TaskId(info.TaskId.Value), new AgentId(info.AgentId.Value));
        try
        {
            var executor = info.Executor is { } named ? ExecutorMapping.Read(named) : null;
            return new(task, agent, Spec(info, executor)) { Executor = executor };
        }
        catch (UnusableException e)
        {
            return new(task, agent, Spec: null, e.Message);
        }
    }

    /// <summary>The launch of one task of a group.</summary>
    public static Launch Read(V1.TaskInfo info, ExecutorSpec executor, TaskGroup group)
    {
        var (task, agent) = (new TaskId(info.TaskId.Value), new AgentId(info.AgentId.Value));
        try
        {
            if (executor.Kind == ExecutorKind.Default && info.Command is null)
                throw new UnusableException($"Task '{task}' of a group under the default executor must have a 'command'");
            var spec = Describe(info, executor) with { Group = group };
            return new(task, agent, spec) { Executor = executor, Group = group.Id };
        }
        catch (UnusableException e)
        {
            return new(task, agent, Spec: null, e.Message) { Group = group.Id };
        }
    }

    /// <summary>What keeps an id from being recorded at all, or null; other rules of ids are the loop's.</summary>
    public static string? IdProblem(TaskId id) =>
        Encoding.UTF8.GetByteCount(id.Value) > FrameworkInfoMapping.LongestId ? "ID must not be greater than 255 bytes"
        : id.Value.Contains('\0', StringComparison.Ordinal) ? "ID contains invalid characters"
        : null;

    /// <summary>The time between TERM and KILL that a policy names, or null.</summary>
    public static TimeSpan? Grace(V1.KillPolicy? policy) =>
        policy?.GracePeriod is { Nanoseconds: var grace } ? TimeSpan.FromTicks(grace < 0 ? Math.Min(-1, grace / TimeSpan.NanosecondsPerTick) : grace / TimeSpan.NanosecondsPerTick) : null;

    private static TaskSpec Spec(V1.TaskInfo info, ExecutorSpec? executor)
    {
        if (info.Executor is { HasType: true, Type: V1.ExecutorInfo.Types.Type.Default })
            throw new UnusableException("Task uses 'executor.type DEFAULT outside of a task group', which is not supported");
        return info.Command is null != info.Executor is null
            ? Describe(info, executor)
            : throw new UnusableException("Task should have at least one (but not both) of CommandInfo or ExecutorInfo present");
    }

    private static TaskSpec Describe(V1.TaskInfo described, ExecutorSpec? executor)
    {
        var info = DockerParameters.Resolve(described);
        if (Unsupported(info).FirstOrDefault() is { } part)
            throw new UnusableException($"Task uses '{part}', which is not supported");
        return new(
            new(info.TaskId.Value),
            info.Name,
            ReadResources(info),
            // Without one, what the task is to do is between the framework and its executor.
            info.Command is { } command ? Command(command, info.Container) : new(Shell: false, Value: null),
            ContainerMapping.SecretFiles(info.Container),
            Grace(info.KillPolicy) ?? DefaultKillGrace,
            LabelMapping.Read(info.Labels),
            info.HasData ? info.Data.ToBase64() : null,
            executor?.Id,
            Health: CheckMapping.Read(info.HealthCheck),
            Check: CheckMapping.Read(info.Check),
            Longest: info.MaxCompletionTime is { } longest ? Longest(longest.Nanoseconds) : null,
            Container: ContainerMapping.Read(info.Container),
            Discovery: DiscoveryMapping.Read(info.Discovery),
            Limits: ReadLimits(info));
    }

    private static ValueList<ResourceLimit> ReadLimits(V1.TaskInfo info)
    {
        return info.Limits.OrderBy(limit => limit.Key, StringComparer.Ordinal).Select(limit => Read(limit.Key, limit.Value.Value)).ToValueList();

        ResourceLimit Read(string name, double amount)
        {
            if (name is not ("cpus" or "mem"))
                throw new UnusableException($"Task sets a resource limit for '{name}': only limits for CPUs and memory are supported");
            var held = info.Resources.Where(resource => resource.Name == name && resource.Scalar is not null).ToList();
            if (held.Count == 0)
                throw new UnusableException($"Task sets a resource limit for '{name}' without holding any");
            if (double.IsPositiveInfinity(amount))
                return new(name, null);
            if (!double.IsFinite(amount) || Math.Abs(amount) >= MostOfALimit || amount < held.Sum(resource => resource.Scalar.Value))
                throw new UnusableException($"Task sets a resource limit for '{name}' that is less than what it holds, or no amount");
            return new(name, Scalar.From(amount));
        }
    }

    private static TimeSpan Longest(long nanoseconds) =>
        nanoseconds > 0
            ? TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick)
            : throw new UnusableException("Task's 'max_completion_time' must be positive");

    private static Resources ReadResources(V1.TaskInfo info)
    {
        var resources = ResourceReading.Read(info.Resources);
        if (resources.Entries.Select(entry => entry.AllocationRole).Where(role => role is not null).Distinct().Count() > 1)
            throw new UnusableException("Task uses resources allocated to different roles");
        if (resources.Entries.GroupBy(entry => entry.Name).FirstOrDefault(same => same.Select(entry => entry.Revocable).Distinct().Count() > 1) is { } mixed)
            throw new UnusableException($"Task mixes revocable and non-revocable resources of '{mixed.Key}'");
        var volumes = resources.Entries.Select(entry => entry.Disk?.PersistenceId).Where(id => id is not null).ToList();
        if (volumes.Distinct().Count() < volumes.Count)
            throw new UnusableException("Task uses a persistence id twice");
        return resources;
    }

    /// <summary>A program to run.</summary>
    /// <exception cref="UnusableException">It cannot be run.</exception>
    public static TaskCommand Command(V1.CommandInfo command, V1.ContainerInfo? container = null)
    {
        // An image may say by itself what it runs.
        if (!command.HasValue && (command.Shell || !ContainerMapping.HasImage(container)))
            throw new UnusableException("command.value is required: there is no container image whose entry point could be run");
        return new(
            command.Shell,
            command.HasValue ? command.Value : null,
            command.Arguments.ToValueList(),
            command.Environment is { } environment ? environment.Variables.Select(ReadVariable).ToValueList() : [],
            command.HasUser ? command.User : null,
            command.Uris.Select(Uri).ToValueList());
    }

    private static FetchedUri Uri(V1.CommandInfo.Types.URI uri) => new(
        uri.Value.Length > 0 ? uri.Value : throw new UnusableException("command.uris has one without a value"),
        uri.Executable, uri.Extract, uri.Cache, uri.HasOutputFile ? uri.OutputFile : null);

    private static Variable ReadVariable(V1.Environment.Types.Variable variable) => variable.Type switch
    {
        V1.Environment.Types.Variable.Types.Type.Value when variable.HasValue && variable.Secret is null =>
            variable.Value.Contains('\0', StringComparison.Ordinal)
                ? throw new UnusableException($"Environment variable '{variable.Name}' has a NUL character in its value")
                : new(variable.Name, variable.Value),
        V1.Environment.Types.Variable.Types.Type.Value => throw new UnusableException(
            $"Environment variable '{variable.Name}' of type 'VALUE' must have a value and no secret"),
        V1.Environment.Types.Variable.Types.Type.Secret when variable.Secret is not null && !variable.HasValue =>
            new(variable.Name, Value: null, SecretName(variable.Secret, $"Environment variable '{variable.Name}'")),
        V1.Environment.Types.Variable.Types.Type.Secret => throw new UnusableException(
            $"Environment variable '{variable.Name}' of type 'SECRET' must have a secret and no value"),
        _ => throw new UnusableException($"Environment variable '{variable.Name}' of type 'UNKNOWN' is not allowed"),
    };

    /// <summary>
    /// Only names are taken. A value would stand in the journal and on the broker for ever, so the task is refused and the value goes
    /// no further than this function.
    /// </summary>
    public static string SecretName(V1.Secret secret, string where) => secret.Type switch
    {
        V1.Secret.Types.Type.Reference when secret.Reference is { } reference && secret.Value is null => StoredAs(reference, where),
        V1.Secret.Types.Type.Reference => throw new UnusableException($"{where}: a secret of type REFERENCE must have 'reference' and no 'value'"),
        V1.Secret.Types.Type.Value => throw new UnusableException($"{where}: a secret's value must not be in a task; store it and refer to it by name"),
        _ => throw new UnusableException($"{where}: a secret of type UNKNOWN is not allowed"),
    };

    /// <summary>A key tells the values of one secret apart; they are stored below its name.</summary>
    private static string StoredAs(V1.Secret.Types.Reference reference, string where)
    {
        var name = reference.HasKey ? $"{reference.Name}/{reference.Key}" : reference.Name;
        return Encoding.UTF8.GetByteCount(name) <= FrameworkInfoMapping.LongestId
            ? name
            : throw new UnusableException($"{where}: the name of a secret must not be longer than 255 bytes");
    }

    /// <summary>The parts of a description that this release cannot honour, in the order in which Mesos looks at them.</summary>
    private static IEnumerable<string> Unsupported(V1.TaskInfo info)
    {
        if (info.Container is { } container)
        {
            if (container.TtyInfo is not null)
                yield return "container.tty_info";
        }
    }
}
