using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bourse.Agent.Host.Containers.Images;
using Bourse.Agent.Host.Processes;
using Bourse.Agent.Host.Secrets;
using Bourse.Agent.Host.Settings;
using Bourse.Contracts;
using Microsoft.Extensions.Logging;

namespace Bourse.Agent.Host.Containers.Docker;

/// <summary>
/// Containers of a Docker engine. The agent creates a container, its supervisor starts it and stays attached, and what the engine
/// says about its end is noted before the container is removed.
/// </summary>
internal sealed partial class DockerEngine : IContainerizer, IDisposable
{
    private const string Sandbox = "/mnt/mesos/sandbox";
    private const string Label = "bourse.agent";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LooksAtSupervisor = TimeSpan.FromMilliseconds(100);

    private readonly DockerPlaces places;
    private readonly RuncPlaces names;
    private readonly ContainerSettings settings;
    private readonly Cgroups cgroups;
    private readonly TaskBinds seen;
    private readonly EngineClient engine;
    private readonly ILogger log;
    private readonly SemaphoreSlim removing = new(1);
    private readonly Leftovers left;
    private IReadOnlySet<long>? living;
    private bool? ownGroups;

    public DockerEngine(string work, RuncPlaces names, ContainerSettings settings, Cgroups cgroups, TaskBinds seen, ILogger log)
    {
        (this.names, this.settings, this.cgroups, this.seen, this.log) = (names, settings, cgroups, seen, log);
        places = new(work, names);
        left = new(places.Of, Undo, (run, why) => LogLeft(log, names.Id(run), why));
        engine = new(Programs.Find("docker") ?? "docker", settings.Docker!);
        Missing = Programs.Find("docker") is null ? "docker is not on the machine" : null;
        if (Missing is null)
            places.Make(engine.Program);
    }

    /// <inheritdoc/>
    public string Name => "docker";

    /// <inheritdoc/>
    public string? Missing { get; }

    /// <inheritdoc/>
    public async Task<ContainerLaunch> Prepare(ContainerOrder order, CancellationToken cancelled)
    {
        var run = order.Task.Run;
        if (await engine.Silence(cancelled) is { } silence)
            throw new CannotStartException($"The Docker engine does not answer: {silence}");
        await RemoveThoseLeft(cancelled);
        await Settle(run, cancelled);
        places.Delete(run);
        Directory.CreateDirectory(places.Of(run));
        try
        {
            return await Create(order, cancelled);
        }
        catch (Exception e) when (e is not CannotStartException and not OperationCanceledException)
        {
            throw new CannotStartException($"The container could not be made: {e.Message}");
        }
    }

    /// <inheritdoc/>
    public async Task<ContainerState?> Began(long run, ProcessIdentity supervisor, ContainerState? container, CancellationToken cancelled)
    {
        try
        {
            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
            Task[] either = [engine.WaitForStart(names.Id(run), Directory.GetCreationTimeUtc(places.Of(run)), over.Token), End(supervisor, over.Token)];
            await Task.WhenAny(either);
            await over.CancelAsync();
            await Task.WhenAll(either).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return await Look(run, cancelled) ?? container;
        }
        catch (OperationCanceledException)
        {
            return container;
        }
    }

    /// <inheritdoc/>
    public async Task<ContainerEnding> Settle(long run, CancellationToken stopping)
    {
        if (!Holds(run))
            return new();
        var note = places.Note(run);
        ContainerEnding ending;
        if (File.Exists(note))
            ending = JsonSerializer.Deserialize<ContainerEnding>(await File.ReadAllTextAsync(note, stopping), Json.Options)!;
        else
        {
            ending = Ending(run, (await engine.Inspect(names.Id(run), stopping))?["State"]);
            DockerPlaces.Write(note, ending);
        }
        await left.Undo(run, stopping);
        return ending;
    }

    /// <inheritdoc/>
    public void Forget(long run) => left.Forget(run);

    /// <inheritdoc/>
    public ContainerUse? Measure(long run, ProcessIdentity supervisor) =>
        places.Cgroup(run) is { } group && cgroups.Read(group) is { } counters
            ? new(counters.CpuUserSeconds, counters.CpuSystemSeconds, counters.MemoryBytes, counters.MemoryLimitBytes, counters.Pids)
            : null;

    /// <summary>Lets a container use this much from now on, past the engine: its group is that of any container.</summary>
    public void Resize(long run, Resources held, ValueList<ResourceLimit> limits)
    {
        if (places.Cgroup(run) is { } group)
            cgroups.Resize(group, ContainerLimits.Of(held, limits, settings.CpuQuota, settings.Pids));
    }

    /// <summary>Which container a run has; null when it has none.</summary>
    public ContainerState? Describe(long run)
    {
        if (places.Container(run) is not { } known || known.Networks.Count > 0 || places.Cgroup(run) is not null)
            return places.Container(run);
        // The agent ended before it had seen it begin.
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            return Task.Run(() => Look(run, patience.Token)).GetAwaiter().GetResult() ?? known;
        }
        catch (OperationCanceledException)
        {
            return known;
        }
    }

    /// <summary>How a command is run inside a container; null when there is none.</summary>
    public ProcessStartInfo? Inside(long run, TaskCommand command, bool terminal)
    {
        if (!Holds(run))
            return null;
        var start = new ProcessStartInfo(engine.Program) { UseShellExecute = false };
        start.Environment.Clear();
        start.Environment["PATH"] = Programs.DefaultPath;
        string[] arguments = command.Value is not { Length: > 0 } value ? throw new CannotStartException("The command names nothing to run")
            : command.Shell ? [Programs.Shell, "-c", value]
            : [value, .. command.Arguments.Skip(1)];
        foreach (var argument in (string[])
        [
            "--host", engine.Host, "exec", "--interactive", .. terminal ? new[] { "--tty" } : [],
            .. command.Environment.Where(variable => variable.Secret is null).Select(variable => $"--env={variable.Name}={variable.Value}"),
            names.Id(run), .. arguments,
        ])
            start.ArgumentList.Add(argument);
        return start;
    }

    /// <summary>Whether a run has a container here, or what is left of one.</summary>
    public bool Holds(long run) => left.Of(run);

    /// <summary>What fills the disk on behalf of a run beside its sandbox.</summary>
    public IEnumerable<string> Writable(long run) => places.Upper(run) is { } upper ? [upper] : [];

    public void Dispose() => removing.Dispose();

    private long? RunOf(string container) =>
        names.RunOf(container.EndsWith(LookingGlass.Suffix, StringComparison.Ordinal) ? container[..^LookingGlass.Suffix.Length] : container);

    private async Task<ContainerLaunch> Create(ContainerOrder order, CancellationToken cancelled)
    {
        var (task, run, id) = (order.Task, order.Task.Run, names.Id(order.Task.Run));
        var wish = task.Spec.Container!;
        if (!settings.DockerTrusted && CreateOptions.Beyond(wish) is { } beyond)
            throw new CannotStartException($"'{beyond}' of a Docker container is given only where Bourse__Agent__DockerTrusted is true");
        if (Capabilities.Beyond(wish.Linux ?? new(), settings.Capabilities) is { } more && !settings.DockerTrusted)
            throw new CannotStartException($"Capability {more} is not among those that this agent gives, or not within the bounding set asked for");
        MappedPorts.Check(wish, task.Spec.Resources);
        if (wish.Image is not { } wanted)
            throw new CannotStartException("A Docker container needs an image (docker.image)");

        var glass = new LookingGlass(engine, id + LookingGlass.Suffix, Path.Combine(places.Of(run), "look"));
        var image = await glass.Get(wanted, cancelled);
        if (wish.Linux?.Bounding is not null || image.User.Length > 0 || task.Spec.Command.User is not null || order.User is not null)
            await glass.CopyUsers(wanted.Name, cancelled);
        var user = ImageUsers.Of(image, task.Spec.Command.User, order.User, task.User);
        SecretFiles.Give(order.Sandbox, user);

        var limits = ContainerLimits.Of(task.Spec.Resources, task.Spec.Limits, settings.CpuQuota, settings.Pids);
        Bind[] binds =
        [
            new(order.Sandbox, Sandbox),
            .. TaskBinds.Persistent(order, user),
            .. await seen.Volumes(order, Sandbox, _ => throw new CannotStartException("Images as volumes are for containers of type MESOS"), cancelled),
            .. seen.Secrets(order, Sandbox, user),
        ];
        var variables = Path.Combine(names.MakeSecrets(run), "variables");
        await using (var file = new StreamWriter(new FileStream(variables, new FileStreamOptions
        {
            Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        })))
        {
            foreach (var variable in Runc.Variables(order, image, Sandbox).Where(variable => !image.Environment.Contains($"{variable.Name}={variable.Value}")))
                await file.WriteLineAsync(Line(variable));
        }

        var command = CreateOptions.Command(task.Spec.Command);
        try
        {
            var created = await engine.Run(cancelled,
            [
                "container", "create", $"--name={id}", $"--label={Label}={names.Prefix}", $"--env-file={variables}",
                .. await OwnGroups(cancelled) ? new[] { $"--cgroup-parent={names.Cgroup(run)}" } : [],
                // What it writes is in its sandbox; the engine need not keep it as well.
                .. wish.Parameters.Any(parameter => parameter.Key == "log-driver") ? Array.Empty<string>() : ["--log-driver=none"],
                .. user is null ? [] : new[] { $"--user={user.Id}:{user.Group}" },
                .. user is null ? [] : ImageUsers.GroupsOf(image.Root, user).Select(group => $"--group-add={group}"),
                .. CreateOptions.Of(limits), .. CreateOptions.Network(wish), .. CreateOptions.Rights(wish, settings.NoNewPrivileges, Profile(wish.Linux)),
                .. binds.Select(CreateOptions.Mount), .. CreateOptions.Parameters(wish), .. command.Options, wanted.Name, .. command.Arguments,
            ]);
            if (created.Code != 0)
                throw new CannotStartException($"The container could not be made: {created.Complaint}");
        }
        finally
        {
            File.Delete(variables);
        }
        places.Note(run, limits.MemoryBytes, (string?)(await engine.Inspect(id, cancelled))?["GraphDriver"]?["Data"]?["UpperDir"]);
        var container = new ContainerState(id);
        places.Note(run, container);
        return new([Programs.Shell, places.Script, places.Client, engine.Host, id, Path.Combine(places.Of(run), "code")], new Dictionary<string, string> { ["PATH"] = Programs.DefaultPath }, container);
    }

    // The engine reads one variable from each line.
    private static string Line(Variable variable) =>
        variable.Value!.AsSpan().ContainsAny('\n', '\r') || variable.Name.AsSpan().ContainsAny(" \t#\n\r")
            ? throw new CannotStartException($"Variable '{variable.Name}' cannot be given to a Docker container: its name or value has several lines or words")
            : $"{variable.Name}={variable.Value}";

    // Where the kernel's counters go with a container's group, those of the group above it stay. systemd makes groups its own way.
    private async Task<bool> OwnGroups(CancellationToken cancelled) =>
        ownGroups ??= cgroups.Version == 1 && (await engine.Run(cancelled, "info", "--format", "{{.CgroupDriver}}")).Output.Trim() == "cgroupfs";

    private string? Profile(ContainerLinux? linux)
    {
        if ((linux?.Seccomp ?? settings.SeccompDefault) is not { } name)
            return null;
        return settings.SeccompDirectory is { } directory && Path.Combine(directory, name) is var file && File.Exists(file)
            ? file
            : throw new CannotStartException($"This agent has no seccomp profile '{name}'");
    }

    /// <summary>Notes what is known of a container that runs; null when it does not.</summary>
    private async Task<ContainerState?> Look(long run, CancellationToken cancelled)
    {
        var found = await engine.Inspect(names.Id(run), cancelled);
        var pid = (int?)found?["State"]?["Pid"] ?? 0;
        if (pid == 0 || CgroupOf(pid) is not { } group)
            return null;
        var published = (found!["HostConfig"]?["PortBindings"] as JsonObject ?? []).SelectMany(port => (port.Value as JsonArray ?? []).Select(host => new MappedPort(
            int.Parse((string)host!["HostPort"]!, System.Globalization.CultureInfo.InvariantCulture),
            int.Parse(port.Key.Split('/')[0], System.Globalization.CultureInfo.InvariantCulture), port.Key.Split('/')[^1]))).ToValueList();
        var networks = (found["NetworkSettings"]?["Networks"] as JsonObject ?? [])
            .Select(network => new ContainerAddress(
                network.Key,
                ((string?[])[(string?)network.Value?["IPAddress"], (string?)network.Value?["GlobalIPv6Address"]]).Where(address => !string.IsNullOrEmpty(address)).OfType<string>().ToValueList(),
                published))
            .Where(network => network.Addresses.Count > 0).ToValueList();
        var container = new ContainerState(names.Id(run), networks);
        places.Note(run, container, group);
        return container;
    }

    private static string? CgroupOf(int pid)
    {
        try
        {
            return File.ReadLines($"/proc/{pid}/cgroup").Select(line => line.Split(':', 3))
                .Where(parts => parts is [_, var controllers, _] && (controllers.Split(',').Contains("memory") || parts[0] == "0"))
                .MaxBy(parts => parts[1].Length)?[2];
        }
        catch (Exception e) when (ProcessTable.IsGone(e))
        {
            return null;
        }
    }

    private ContainerEnding Ending(long run, JsonNode? state)
    {
        if (state is null)
            return new();
        var (limit, code) = (places.MemoryLimit(run), (int?)state["ExitCode"]);
        // 0001-01-01: never.
        if ((DateTimeOffset?)state["StartedAt"] is { Year: 1 })
            return new(NeverRan: $"The container could not be started: {((string?)state["Error"] is { Length: > 0 } error ? error : "its supervisor ended before it was")}");
        if (limit is not { } most)
            return new();
        // The engine does not hear of every kill; the highest use, kept by the group above, tells as well.
        var peak = cgroups.Read(names.Cgroup(run))?.MemoryPeakBytes ?? 0;
        const int killed = 137;
        return (bool?)state["OOMKilled"] == true || (code == killed && peak >= most) ? new(Limitation.OfMemory(most, peak > 0 ? peak : most)) : new();
    }

    private static async Task End(ProcessIdentity supervisor, CancellationToken cancelled)
    {
        using var timer = new PeriodicTimer(LooksAtSupervisor);
        while (ProcessTable.Lives(supervisor))
            await timer.WaitForNextTickAsync(cancelled);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The Docker engine does not answer; its containers of earlier runs are looked after when it does: {Why}")]
    private static partial void LogSilent(ILogger log, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Container {Container} has left something behind, which is tried again to be taken away: {Why}")]
    private static partial void LogLeft(ILogger log, string container, string why);
}
