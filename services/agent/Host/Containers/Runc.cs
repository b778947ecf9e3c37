using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bourse.Agent.Host.Containers.Images;
using Bourse.Agent.Host.Containers.Networks;
using Bourse.Agent.Host.Processes;
using Bourse.Agent.Host.Settings;
using Bourse.Contracts;
using Microsoft.Extensions.Logging;

namespace Bourse.Agent.Host.Containers;

/// <summary>
/// Containers by an OCI runtime, without a daemon: the supervisor runs <c>runc run</c> on a bundle made here. Mounts that only the
/// container needs are made in a mount namespace of the supervisor's, so that they end with it whatever happens to the agent.
/// </summary>
internal sealed partial class Runc : IContainerizer
{
    private const string SandboxInImage = "/mnt/mesos/sandbox";
    private const string OnMachine = "mount --bind / \"$1\" && shift && exec \"$@\"";
    private const string OnOverlay = "mount -t overlay overlay -o \"lowerdir=$2,upperdir=$3,workdir=$4\" \"$1\" && shift 4 && exec \"$@\"";
    private const UnixFileMode AllMayWrite = (UnixFileMode)0b001_111_111_111;   // and none may delete another's

    private readonly Leftovers left;
    private readonly RuncPlaces places;
    private readonly ContainerSettings settings;
    private readonly Abilities abilities;
    private readonly Cgroups cgroups;
    private readonly ImageStore images;
    private readonly CniNetworks networks;
    private readonly TaskBinds seen;
    private readonly ILogger log;

    public Runc(
        RuncPlaces places, ContainerSettings settings, Abilities abilities, Cgroups cgroups, ImageStore images, CniNetworks networks, TaskBinds seen, ILogger log)
    {
        (this.places, this.settings, this.abilities, this.cgroups, this.images, this.networks) = (places, settings, abilities, cgroups, images, networks);
        (this.seen, this.log) = (seen, log);
        left = new(places.Of, Undo, (run, why) => LogLeft(log, places.Id(run), why));
        if (Missing is null)
            places.Make(abilities.Init);
    }

    /// <inheritdoc/>
    public string Name => "runc";

    /// <inheritdoc/>
    public string? Missing => abilities.RuncMissing;

    /// <inheritdoc/>
    public async Task<ContainerLaunch> Prepare(ContainerOrder order, CancellationToken cancelled)
    {
        var run = order.Task.Run;
        var directory = places.Of(run);
        try
        {
            // An earlier attempt was cut short before there was a supervisor.
            if (Directory.Exists(directory))
                await Undo(run, cancelled);
            places.Delete(run);
            Directory.CreateDirectory(directory);
            return await Prepare(order, directory, cancelled);
        }
        catch (Exception e) when (e is not CannotStartException and not OperationCanceledException)
        {
            throw new CannotStartException($"The container could not be made: {e.Message}");
        }
    }

    /// <inheritdoc/>
    public async Task<ContainerEnding> Settle(long run, CancellationToken stopping)
    {
        var directory = places.Of(run);
        if (!Directory.Exists(directory))
            return new();
        try
        {
            var note = Path.Combine(directory, "ending.json");
            var ending = Ending(note);
            if (ending is null)
            {
                ending = new(OverMemory(run), RuncLog.NeverRan(Path.Combine(directory, "runc.log")));
                // Before the counters go with their group.
                await File.WriteAllTextAsync($"{note}.new", JsonSerializer.Serialize(ending, Json.Options), stopping);
                File.Move($"{note}.new", note, overwrite: true);
            }
            await left.Undo(run, stopping);
            return ending;
        }
        catch (DirectoryNotFoundException)
        {
            // Told before, acknowledged, and forgotten at this moment.
            return new();
        }
    }

    /// <inheritdoc/>
    public void Forget(long run) => left.Forget(run);

    /// <inheritdoc/>
    public ContainerUse? Measure(long run, ProcessIdentity supervisor) =>
        cgroups.Read(places.Cgroup(run)) is { } counters
            ? new(counters.CpuUserSeconds, counters.CpuSystemSeconds, counters.MemoryBytes, counters.MemoryLimitBytes, counters.Pids, NetworkOf(run))
            : null;

    /// <summary>Lets a container use this much from now on; one that is gone, or that a run never had, needs nothing.</summary>
    public void Resize(long run, Resources held, ValueList<ResourceLimit> limits)
    {
        if (Holds(run))
            cgroups.Resize(places.Cgroup(run), ContainerLimits.Of(held, limits, settings.CpuQuota, settings.Pids));
    }

    /// <summary>Which container a run has; null when it has none.</summary>
    public ContainerState? Describe(long run) =>
        Path.Combine(places.Of(run), "container.json") is var file && File.Exists(file)
            ? JsonSerializer.Deserialize<ContainerState>(File.ReadAllText(file), Json.Options)
            : null;

    /// <summary>How a command is run inside a container, as its user and with its variables; null when there is none.</summary>
    public ProcessStartInfo? Inside(long run, TaskCommand command, bool terminal)
    {
        var bundle = Path.Combine(places.Of(run), "config.json");
        if (!File.Exists(bundle))
            return null;
        var process = JsonNode.Parse(File.ReadAllText(bundle))!["process"]!;
        var start = new ProcessStartInfo(abilities.Runc!) { UseShellExecute = false };
        start.Environment.Clear();
        start.Environment["PATH"] = Programs.DefaultPath;
        string[] variables = [.. command.Environment.Where(variable => variable.Secret is null).SelectMany(variable => (string[])["--env", $"{variable.Name}={variable.Value}"])];
        string[] arguments = command.Value is not { Length: > 0 } value ? throw new CannotStartException("The command names nothing to run")
            : command.Shell ? [Programs.Shell, "-c", value]
            : [value, .. command.Arguments.Skip(1)];
        foreach (var argument in (string[])["--root", places.State, "exec", .. terminal ? new[] { "--tty" } : [], .. variables, "--cwd", (string)process["cwd"]!, places.Id(run), .. arguments])
            start.ArgumentList.Add(argument);
        return start;
    }

    /// <summary>Whether a run has a container, or what is left of one.</summary>
    public bool Holds(long run) => left.Of(run);

    /// <summary>What fills the disk on behalf of a run beside its sandbox.</summary>
    public IEnumerable<string> Writable(long run) => new[] { "upper", "tmp", "root" }.Select(part => Path.Combine(places.Of(run), part));

    /// <summary>The agent is going: what all its containers share goes too, when there are none left.</summary>
    public void Leave()
    {
        cgroups.Remove(places.CgroupOfAgent);
        places.Leave();
    }

    /// <summary>Roots of images that containers are on.</summary>
    public IReadOnlySet<string> RootsInUse() =>
        places.Runs().Select(run => Path.Combine(places.Of(run), "images")).Where(File.Exists)
            .SelectMany(File.ReadAllLines).ToHashSet(StringComparer.Ordinal);

    private async Task<ContainerLaunch> Prepare(ContainerOrder order, string directory, CancellationToken cancelled)
    {
        var (task, run) = (order.Task, order.Task.Run);
        var wish = task.Spec.Container ?? new TaskContainer(Docker: false);
        var linux = wish.Linux ?? new();
        if (Capabilities.Beyond(linux, settings.Capabilities) is { } beyond)
            throw new CannotStartException($"Capability {beyond} is not among those that this agent gives, or not within the bounding set asked for");

        MappedPorts.Check(wish, task.Spec.Resources);
        var id = places.Id(run);
        var image = wish.Image is { } wanted ? await Get(wanted, order, directory, cancelled) : null;
        var user = image is null ? order.User : ImageUsers.Of(image, task.Spec.Command.User, order.User, task.User);
        var sandbox = image is null ? order.Sandbox : SandboxInImage;
        Secrets.SecretFiles.Give(order.Sandbox, user);

        var joined = wish.Network == NetworkMode.Host ? null : await networks.Join(id, wish.Networks, Path.Combine(directory, "networks"), cancelled);
        var hostname = wish.Network == NetworkMode.Host ? null : wish.Hostname ?? id;
        // What is mounted later lies over what was mounted before.
        var binds = new List<Bind>();
        if (image is null)
            binds.AddRange(OfMachine(directory));
        if (abilities.Init is not null)
            binds.Add(new(places.Init, Bundle.InitPath, ReadOnly: true));
        binds.Add(new(order.Sandbox, sandbox));
        binds.AddRange(TaskBinds.Persistent(order, user));
        if (joined is not null)
            binds.AddRange(NameFiles.Write(directory, hostname!, joined, settings.NameServers));
        binds.AddRange(await seen.Volumes(order, sandbox, async wanted => (await Get(wanted, order, directory, cancelled)).Root, cancelled));
        binds.AddRange(seen.Secrets(order, sandbox, user));

        var container = new ContainerState(id, joined?.Addresses ?? []);
        var spec = new ContainerSpec
        {
            Id = id,
            Root = Path.Combine(directory, "root"),
            MachineRoot = image is null,
            Arguments = Arguments(task.Spec.Command, image),
            Environment = Variables(order, image, sandbox),
            WorkingDirectory = image?.WorkingDirectory is { Length: > 0 } there ? there : sandbox,
            User = user?.Id ?? 0,
            Group = user?.Group ?? 0,
            Groups = user is null ? [] : ImageUsers.GroupsOf(image?.Root ?? "/", user),
            Binds = binds.ToValueList(),
            Hostname = hostname,
            NetworkNamespace = joined is null ? null : CniNetworks.PathOf(id),
            Cgroup = places.Cgroup(run),
            Limits = Limits(task.Spec),
            Linux = linux,
            Rlimits = wish.Rlimits,
            NoNewPrivileges = settings.NoNewPrivileges,
            Seccomp = Profile(linux),
        };
        await File.WriteAllTextAsync(Path.Combine(directory, "container.json"), JsonSerializer.Serialize(container, Json.Options), cancelled);
        await WriteBundle(spec, directory, cancelled);
        return new([.. await Rooted(spec, image, directory, cancelled), .. Command(id, directory)], new Dictionary<string, string> { ["PATH"] = Programs.DefaultPath }, container);
    }

    // The oldest process of a container is its first, and in the network that was made for it.
    private NetworkUse? NetworkOf(long run) =>
        Path.Exists(CniNetworks.PathOf(places.Id(run))) && cgroups.ProcessesIn(places.Cgroup(run)).Order().FirstOrDefault() is > 0 and var first
            ? NetworkUse.Of(first)
            : null;

    // Its files, and a /tmp of the container's own.
    private IEnumerable<Bind> OfMachine(string directory) =>
        abilities.MachineMounts.Select(mount => new Bind(mount, mount)).Append(new(Made(directory, "tmp", AllMayWrite), "/tmp"));

    private string[] Command(string id, string directory) =>
    [
        abilities.Runc!, "--root", places.State, "--log", Path.Combine(directory, "runc.log"), "--log-format", "json",
        "run", "--keep", "--bundle", directory, id,
    ];

    /// <summary>What makes the root before the runtime looks at it.</summary>
    private async Task<string[]> Rooted(ContainerSpec spec, Image? image, string directory, CancellationToken cancelled)
    {
        Directory.CreateDirectory(spec.Root);
        string[] apart = [abilities.Unshare!, "--mount", "--propagation", "slave", Programs.Shell, "-c"];
        if (image is null)
            return [.. apart, OnMachine, "root", spec.Root];
        if (abilities.Overlay)
            return
            [
                .. apart, OnOverlay, "root", spec.Root, image.Root,
                Made(directory, "upper", (UnixFileMode)0b111_101_101), Made(directory, "overlay", (UnixFileMode)0b111_101_101),
            ];
        // Slower and larger, and the same to the task.
        Directory.Delete(spec.Root);
        var copied = await Tool.Run("/bin/cp", ["--archive", image.Root, spec.Root], cancelled);
        return copied.Code == 0 ? [] : throw new CannotStartException($"The image could not be copied: {copied.Complaint}");
    }

    private static async Task WriteBundle(ContainerSpec spec, string directory, CancellationToken cancelled)
    {
        try
        {
            var architecture = System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64";
            var file = Path.Combine(directory, "config.json");
            // It holds the values of secret variables.
            using (new FileStream(file, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
            {
            }
            await File.WriteAllTextAsync(file, Bundle.Write(spec, architecture).ToJsonString(), cancelled);
        }
        catch (FormatException e)
        {
            throw new CannotStartException($"The container could not be made: {e.Message}");
        }
    }

    private async Task<Image> Get(ContainerImage wanted, ContainerOrder order, string directory, CancellationToken cancelled)
    {
        string? credentials = null;
        try
        {
            if (wanted.Credentials is { } secret)
            {
                credentials = Path.Combine(places.MakeSecrets(order.Task.Run), $"registry-{Guid.NewGuid():N}");
                Secrets.SecretFiles.Write(credentials, order.Secrets.Bytes(secret), user: null);
            }
            var image = await images.Get(wanted.Name, refresh: !wanted.Cached, credentials, cancelled);
            await File.AppendAllTextAsync(Path.Combine(directory, "images"), $"{image.Root}\n", cancelled);
            return image;
        }
        finally
        {
            if (credentials is not null)
                File.Delete(credentials);
        }
    }

    private ValueList<string> Arguments(TaskCommand command, Image? image)
    {
        var arguments = image is not null ? image.Arguments(command)
            : command.Value is not { Length: > 0 } value ? null
            : command.Shell ? [Programs.Shell, "-c", value]
            : [value, .. command.Arguments.Skip(1)];
        if (arguments is null)
            throw new CannotStartException("Neither the command nor an image names anything to run (command.value)");
        return abilities.Init is null ? arguments.ToValueList() : [Bundle.InitPath, "--", .. arguments];
    }

    /// <summary>Its variables: its own, else the image's, else the agent's.</summary>
    internal static ValueList<Variable> Variables(ContainerOrder order, Image? image, string sandbox)
    {
        var own = order.Task.Spec.Command.Environment.Select(variable => variable.Name).ToHashSet(StringComparer.Ordinal);
        var variables = new SortedDictionary<string, string>(order.Environment.ToDictionary(), StringComparer.Ordinal) { ["MESOS_SANDBOX"] = sandbox };
        foreach (var text in image?.Environment ?? [])
        {
            if (text.Split('=', 2) is [var name, var value] && !own.Contains(name))
                variables[name] = value;
        }
        return variables.Select(pair => new Variable(pair.Key, pair.Value)).ToValueList();
    }

    private ContainerLimits Limits(TaskSpec spec) =>
        ContainerLimits.Of(spec.Resources, spec.Limits, settings.CpuQuota, settings.Pids);

    private string? Profile(ContainerLinux linux)
    {
        if (linux.Unconfined || (linux.Seccomp ?? settings.SeccompDefault) is not { } name)
            return null;
        return settings.SeccompDirectory is { } directory && Path.Combine(directory, name) is var file && File.Exists(file)
            ? File.ReadAllText(file)
            : throw new CannotStartException($"This agent has no seccomp profile '{name}'");
    }

    private Limitation? OverMemory(long run) =>
        cgroups.Read(places.Cgroup(run)) is { OomKills: > 0, MemoryLimitBytes: { } limit } counters
            ? Limitation.OfMemory(limit, counters.MemoryPeakBytes > 0 ? counters.MemoryPeakBytes : limit)
            : null;

    // None when there is none, or none that was written to its end before the machine stopped.
    private static ContainerEnding? Ending(string note)
    {
        try
        {
            return File.Exists(note) ? JsonSerializer.Deserialize<ContainerEnding>(File.ReadAllText(note), Json.Options) : null;
        }
        catch (Exception e) when (e is JsonException or FileNotFoundException)
        {
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Container {Container} has left something behind, which is tried again to be taken away: {Why}")]
    private static partial void LogLeft(ILogger log, string container, string why);

    private static string Made(string directory, string name, UnixFileMode mode)
    {
        var path = Path.Combine(directory, name);
        Directory.CreateDirectory(path);
        // The mask of the process does not apply here.
        File.SetUnixFileMode(path, mode);
        return path;
    }
}
