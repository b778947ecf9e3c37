using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Npgsql;

namespace Bourse.Servers;

/// <summary>
/// A PostgreSQL server of our own from the system's packages: loopback only, a port of its own, all state below one directory.
/// It outlives whoever started it; a later start on the same directory finds it again.
/// </summary>
public sealed class PrivatePostgres
{
    private const string Superuser = "bourse";
    private static readonly Account Server = new("postgres");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(25);

    private readonly string directory;
    private readonly bool durable;

    private PrivatePostgres(string directory, int port, bool durable, string password)
    {
        (this.directory, this.durable, Port) = (directory, durable, port);
        ConnectionString = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = port,
            Username = Superuser,
            Password = password,
            Database = "postgres",
        }.ConnectionString;
    }

    /// <summary>Its port on 127.0.0.1; the same for every later start of this object.</summary>
    public int Port { get; }

    /// <summary>As its superuser.</summary>
    public string ConnectionString { get; }

    /// <summary>The running server; null while it does not run.</summary>
    public ProcessIdentity? Process => ProcessIdentity.Saved(ProcessFile);

    /// <summary>What the server prints.</summary>
    public string Log => Path.Combine(directory, "postgres.log");

    private string Data => Path.Combine(directory, "data");
    private string ProcessFile => Path.Combine(directory, "process.json");

    /// <summary>Starts the server of a directory, made on first use, and returns when it takes connections.</summary>
    /// <param name="directory">Holds all its state.</param>
    /// <param name="durable">False for tests that kill processes, never machines: commits do not wait for the disk.</param>
    /// <param name="port">Where it shall listen; null for a free one. A server that already runs keeps its port.</param>
    /// <param name="say">Told what takes long.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ServerException">It cannot run here, or did not get ready.</exception>
    public static async Task<PrivatePostgres> Start(
        string directory, bool durable = true, int? port = null, Action<string>? say = null, CancellationToken cancellationToken = default)
    {
        var server = await Prepare(directory, durable, port, say, cancellationToken).ConfigureAwait(false);
        await server.Start(cancellationToken).ConfigureAwait(false);
        return server;
    }

    /// <summary>The server of a directory, made on first use, but not started.</summary>
    public static async Task<PrivatePostgres> Prepare(
        string directory, bool durable = true, int? port = null, Action<string>? say = null, CancellationToken cancellationToken = default)
    {
        await Packages.Ensure(postgres: true, rabbitMq: false, say, cancellationToken).ConfigureAwait(false);
        directory = Account.Reachable(directory);

        var secret = Path.Combine(directory, "superuser");
        if (!Directory.Exists(Path.Combine(directory, "data")))
        {
            await Create(directory, secret, durable, cancellationToken).ConfigureAwait(false);
        }

        var password = (await File.ReadAllTextAsync(secret, cancellationToken).ConfigureAwait(false)).Trim();
        return new PrivatePostgres(directory, RunningPort(directory) ?? port ?? Ports.Free(1)[0], durable, password);
    }

    /// <summary>Starts it again, after <see cref="Stop"/> or a death. Does nothing while it runs.</summary>
    public async Task Start(CancellationToken cancellationToken = default)
    {
        var process = Process ?? Launched();
        for (var since = Stopwatch.GetTimestamp(); !IsReady(process); await Task.Delay(Glance, cancellationToken).ConfigureAwait(false))
        {
            if (!process.IsRunning)
            {
                throw new ServerException($"PostgreSQL ended while starting; see {Log}");
            }

            if (Stopwatch.GetElapsedTime(since) > Patience)
            {
                throw new ServerException($"PostgreSQL is not ready after {Patience.TotalSeconds:0} s; see {Log}");
            }
        }
    }

    /// <summary>Ends it and waits until it is gone; its data stays.</summary>
    public async Task Stop(CancellationToken cancellationToken = default)
    {
        if (Process is { } process)
        {
            // INT is its fast shutdown: sessions are ended and the data is written; TERM would wait for every client to leave.
            await Command.Run(["kill", "-INT", process.Pid.ToString(CultureInfo.InvariantCulture)], cancellationToken).ConfigureAwait(false);
            if (!await process.WaitForEnd(TimeSpan.FromSeconds(30), cancellationToken).ConfigureAwait(false))
            {
                await Kill(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Kills it with SIGKILL, as a crash would, and waits until its processes are gone.</summary>
    public async Task Kill(CancellationToken cancellationToken = default)
    {
        if (Process is { } process)
        {
            process.Kill();
            await process.WaitForEnd(TimeSpan.FromSeconds(10), cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task Create(string directory, string secret, bool durable, CancellationToken cancellationToken)
    {
        var fresh = Path.Combine(directory, "fresh");
        if (Directory.Exists(fresh))
        {
            Directory.Delete(fresh, recursive: true); // an earlier start was interrupted
        }

        Directory.CreateDirectory(directory);
        await File.WriteAllTextAsync(secret, RandomNumberGenerator.GetHexString(32, lowercase: true) + "\n", cancellationToken).ConfigureAwait(false);
        File.SetUnixFileMode(secret, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await Server.Own(directory, cancellationToken).ConfigureAwait(false);
        await Command.Run(
            Server.Do(
            [
                Program("initdb"), "-D", fresh, "-U", Superuser, $"--pwfile={secret}", "--auth=scram-sha-256", "-E", "UTF8",
                "--locale=C.UTF-8", .. durable ? Array.Empty<string>() : ["--no-sync"],
            ]),
            cancellationToken,
            workingDirectory: directory).ConfigureAwait(false);
        Directory.Move(fresh, Path.Combine(directory, "data"));
    }

    private ProcessIdentity Launched()
    {
        List<string> settings =
        [
            "listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200", "shared_buffers=64MB",
            "max_wal_size=1GB", "jit=off", "timezone=UTC", "log_timezone=UTC",
            .. durable ? Array.Empty<string>() : ["fsync=off", "full_page_writes=off", "synchronous_commit=off"],
        ];
        var process = Servers.Launch.Detached(
            Server.Do([Program("postgres"), "-D", Data, "-p", Port.ToString(CultureInfo.InvariantCulture), .. settings.SelectMany(setting => new[] { "-c", setting })]),
            Log,
            directory);
        process.Save(ProcessFile);
        return process;
    }

    // Lines of postmaster.pid: pid, data directory, start time, port, sockets, address, shared memory, status.
    private bool IsReady(ProcessIdentity process) =>
        Postmaster(directory) is [var pid, _, _, _, _, _, _, var status, ..]
        && pid == process.Pid.ToString(CultureInfo.InvariantCulture) && status.Trim() == "ready";

    private static int? RunningPort(string directory) =>
        ProcessIdentity.Saved(Path.Combine(directory, "process.json")) is not null && Postmaster(directory) is [_, _, _, var port, ..]
            ? int.Parse(port, CultureInfo.InvariantCulture)
            : null;

    private static string[] Postmaster(string directory)
    {
        var path = Path.Combine(directory, "data", "postmaster.pid");
        return File.Exists(path) ? File.ReadAllLines(path) : [];
    }

    private static string Program(string name) => Path.Combine(
        Path.GetDirectoryName(Packages.Postgres) ?? throw new ServerException("PostgreSQL is not installed"), name);
}
