using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Bourse.Servers;

/// <summary>
/// A RabbitMQ broker of our own from the system's packages: loopback only, ports of its own (with its own Erlang port mapper,
/// so that nothing is shared with other brokers of the machine), all state below one directory. It outlives whoever started it.
/// </summary>
public sealed class PrivateRabbitMq
{
    private const string Admin = "bourse";
    private static readonly Account Server = new("rabbitmq");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);

    private readonly string directory;
    private readonly PortSet ports;
    private readonly bool management;
    private readonly string password;

    private PrivateRabbitMq(string directory, PortSet ports, bool management, string password) =>
        (this.directory, this.ports, this.management, this.password) = (directory, ports, management, password);

    /// <summary>Its AMQP port on 127.0.0.1; the same for every later start of this object.</summary>
    public int Port => ports.Amqp;

    /// <summary>As its administrator, on the virtual host <c>/</c>.</summary>
    public Uri Uri => UriOf(Admin, password);

    /// <summary>Its management API; null when it was not asked for.</summary>
    public Uri? Management => management ? new Uri($"http://127.0.0.1:{ports.Management}/") : null;

    /// <summary>The running broker; null while it does not run.</summary>
    public ProcessIdentity? Process => ProcessIdentity.Saved(ProcessFile);

    /// <summary>What the broker prints.</summary>
    public string Log => Path.Combine(directory, "rabbitmq.log");

    private string ProcessFile => Path.Combine(directory, "process.json");
    private string MapperFile => Path.Combine(directory, "epmd.json");
    private string Definitions => Path.Combine(directory, "definitions.json");

    /// <summary>The address for a user of <see cref="BrokerDefinitions"/>.</summary>
    public Uri UriOf(string user, string secret) =>
        new($"amqp://{Uri.EscapeDataString(user)}:{Uri.EscapeDataString(secret)}@127.0.0.1:{Port}/");

    /// <summary>Starts the broker of a directory, made on first use, and returns when it takes connections.</summary>
    /// <param name="directory">Holds all its state.</param>
    /// <param name="definitions">Users, permissions and exchanges besides its administrator; they take effect at each boot.</param>
    /// <param name="port">Where it shall listen; null for a free port. A broker that already runs keeps its port.</param>
    /// <param name="management">Run the management plugin; costs memory and processor time.</param>
    /// <param name="say">Told what takes long.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ServerException">It cannot run here, or did not get ready.</exception>
    public static async Task<PrivateRabbitMq> Start(
        string directory,
        BrokerDefinitions? definitions = null,
        int? port = null,
        bool management = false,
        Action<string>? say = null,
        CancellationToken cancellationToken = default)
    {
        var broker = await Prepare(directory, definitions, port, management, say, cancellationToken).ConfigureAwait(false);
        await broker.Start(cancellationToken).ConfigureAwait(false);
        return broker;
    }

    /// <summary>The broker of a directory, made on first use, but not started.</summary>
    public static async Task<PrivateRabbitMq> Prepare(
        string directory,
        BrokerDefinitions? definitions = null,
        int? port = null,
        bool management = false,
        Action<string>? say = null,
        CancellationToken cancellationToken = default)
    {
        await Packages.Ensure(postgres: false, rabbitMq: true, say, cancellationToken).ConfigureAwait(false);
        directory = Account.Reachable(directory);

        var secret = Path.Combine(directory, "administrator");
        if (!File.Exists(secret))
        {
            await WritePrivately(secret, RandomNumberGenerator.GetHexString(32, lowercase: true), cancellationToken).ConfigureAwait(false);
        }

        var password = await File.ReadAllTextAsync(secret, cancellationToken).ConfigureAwait(false);
        var portFile = Path.Combine(directory, "ports.json");
        var running = ProcessIdentity.Saved(Path.Combine(directory, "process.json")) is not null;
        var ports = running
            ? JsonSerializer.Deserialize<PortSet>(await File.ReadAllTextAsync(portFile, cancellationToken).ConfigureAwait(false))!
            : PortSet.Free(port);
        var broker = new PrivateRabbitMq(directory, ports, management, password);
        if (!running)
        {
            await File.WriteAllTextAsync(portFile, JsonSerializer.Serialize(ports), cancellationToken).ConfigureAwait(false);
            await broker.Configure(definitions, cancellationToken).ConfigureAwait(false);
        }

        return broker;
    }

    /// <summary>Starts it again, after <see cref="Stop"/> or a death. Does nothing while it runs.</summary>
    public async Task Start(CancellationToken cancellationToken = default)
    {
        if (ProcessIdentity.Saved(MapperFile) is null)
        {
            StartPortMapper();
        }

        var process = Process ?? Launched();
        for (var since = Stopwatch.GetTimestamp(); !await IsReady(cancellationToken).ConfigureAwait(false); await Task.Delay(Glance, cancellationToken).ConfigureAwait(false))
        {
            if (!process.IsRunning)
            {
                throw new ServerException($"RabbitMQ ended while starting; see {Log}");
            }

            if (Stopwatch.GetElapsedTime(since) > Patience)
            {
                throw new ServerException($"RabbitMQ is not ready after {Patience.TotalSeconds:0} s; see {Log}");
            }
        }
    }

    /// <summary>Ends it and waits until it is gone; its data stays.</summary>
    public async Task Stop(CancellationToken cancellationToken = default)
    {
        if (Process is { } process)
        {
            await process.End(TimeSpan.FromSeconds(30), cancellationToken).ConfigureAwait(false);
        }

        if (ProcessIdentity.Saved(MapperFile) is { } mapper)
        {
            await mapper.End(TimeSpan.FromSeconds(5), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Kills it with SIGKILL, as a crash would, and waits until it is gone.</summary>
    public async Task Kill(CancellationToken cancellationToken = default)
    {
        if (Process is { } process)
        {
            process.Kill();
            await process.WaitForEnd(TimeSpan.FromSeconds(10), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task Configure(BrokerDefinitions? more, CancellationToken cancellationToken)
    {
        var admin = BrokerDefinitions.Of(Admin, password);
        var all = more is null
            ? admin
            : more with { Users = [.. admin.Users, .. more.Users], Permissions = [.. admin.Permissions, .. more.Permissions] };
        await WritePrivately(Definitions, all.ToJson(), cancellationToken).ConfigureAwait(false);

        await File.WriteAllLinesAsync(
            Path.Combine(directory, "rabbitmq.conf"),
            [
                $"listeners.tcp.default = 127.0.0.1:{Port}",
                $"load_definitions = {Definitions}",
                "vm_memory_high_watermark.absolute = 1GiB",
                "log.console = true",
                "log.console.level = warning",
                "log.file = false",
                .. management ? [$"management.tcp.ip = 127.0.0.1", $"management.tcp.port = {ports.Management}"] : Array.Empty<string>(),
            ],
            cancellationToken).ConfigureAwait(false);
        await File.WriteAllTextAsync(
            Path.Combine(directory, "enabled_plugins"), management ? "[rabbitmq_management].\n" : "[].\n", cancellationToken).ConfigureAwait(false);

        Directory.CreateDirectory(Path.Combine(directory, "home"));
        var cookie = Path.Combine(directory, "home", ".erlang.cookie");
        if (!File.Exists(cookie))
        {
            await WritePrivately(cookie, RandomNumberGenerator.GetHexString(32), cancellationToken).ConfigureAwait(false);
            File.SetUnixFileMode(cookie, UnixFileMode.UserRead);
        }

        await Server.Own(directory, cancellationToken).ConfigureAwait(false);
    }

    // The port mapper is a process of our own rather than the machine's: it listens on loopback only, and it goes when we go.
    private void StartPortMapper()
    {
        if (Packages.OnPath("epmd") is { } program)
        {
            Servers.Launch.Detached(
                Server.Do(program, "-address", "127.0.0.1", "-port", ports.Mapper.ToString(CultureInfo.InvariantCulture)),
                Log,
                directory).Save(MapperFile);
        }
    }

    private ProcessIdentity Launched()
    {
        var script = Packages.RabbitMq ?? throw new ServerException("RabbitMQ is not installed");
        var process = Servers.Launch.Detached(Server.Do(script), Log, directory, new Dictionary<string, string?>
        {
            ["HOME"] = Path.Combine(directory, "home"),
            // The same name at every port: the data directory belongs to the name.
            ["RABBITMQ_NODENAME"] = "bourse@localhost",
            ["RABBITMQ_MNESIA_BASE"] = Path.Combine(directory, "mnesia"),
            ["RABBITMQ_LOG_BASE"] = Path.Combine(directory, "log"),
            ["RABBITMQ_LOGS"] = "-",
            ["RABBITMQ_CONFIG_FILE"] = Path.Combine(directory, "rabbitmq.conf"),
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(directory, "enabled_plugins"),
            ["RABBITMQ_CONF_ENV_FILE"] = "/dev/null",
            ["RABBITMQ_GENERATED_CONFIG_DIR"] = Path.Combine(directory, "generated"),
            ["RABBITMQ_PID_FILE"] = Path.Combine(directory, "pid"),
            ["RABBITMQ_DIST_PORT"] = ports.Distribution.ToString(CultureInfo.InvariantCulture),
            ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none",
            ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
            ["ERL_EPMD_PORT"] = ports.Mapper.ToString(CultureInfo.InvariantCulture),
            // Makes the start script become the broker instead of watching over it: one process, one pid.
            ["RUNNING_UNDER_SYSTEMD"] = "true",
            ["NOTIFY_SOCKET"] = null,
        });
        process.Save(ProcessFile);
        return process;
    }

    // A listening port is not enough: only a connection that gets through its handshake shows the boot to be over.
    private async Task<bool> IsReady(CancellationToken cancellationToken)
    {
        if (Ports.IsFree(Port))
        {
            return false;
        }

        try
        {
            var factory = new ConnectionFactory { Uri = Uri, AutomaticRecoveryEnabled = false };
            var connection = await factory.CreateConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                return connection.IsOpen;
            }
        }
        catch (BrokerUnreachableException)
        {
            return false;
        }
    }

    private static async Task WritePrivately(string path, string text, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        var writer = new StreamWriter(path, options);
        await using (writer.ConfigureAwait(false))
        {
            await writer.WriteAsync(text.AsMemory(), cancellationToken).ConfigureAwait(false);
        }
    }

    private sealed record PortSet(int Amqp, int Distribution, int Mapper, int Management)
    {
        public static PortSet Free(int? amqp)
        {
            var free = Ports.Free(4);
            return new PortSet(amqp ?? free[0], free[1], free[2], free[3]);
        }
    }
}
