namespace Bourse.Servers;

/// <summary>The system's packages that private servers come from.</summary>
public static class Packages
{
    /// <summary>Where the programs of PostgreSQL are (newest version first); null when it is not installed.</summary>
    public static string? Postgres => Newest("/usr/lib/postgresql", "*", "bin/postgres")
        ?? Newest("/usr", "pgsql-*", "bin/postgres")
        ?? OnPath("postgres");

    /// <summary>
    /// The start script of RabbitMQ; null when it is not installed. Not the wrapper in /usr/sbin, which insists on the
    /// system-wide broker's account and files.
    /// </summary>
    public static string? RabbitMq => Existing("/usr/lib/rabbitmq/bin/rabbitmq-server")
        ?? Newest("/usr/lib/rabbitmq/lib", "rabbitmq_server-*", "sbin/rabbitmq-server");

    /// <summary>The program of a name, in the PATH.</summary>
    public static string? OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Existing(Path.Combine(directory, program)))
            .FirstOrDefault(found => found is not null);

    /// <summary>Installs what is missing, when the caller may.</summary>
    /// <param name="postgres">PostgreSQL is needed.</param>
    /// <param name="rabbitMq">RabbitMQ is needed.</param>
    /// <param name="say">Told what is going on; it takes a minute.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ServerException">They cannot be installed here; the message names them.</exception>
    public static async Task Ensure(bool postgres, bool rabbitMq, Action<string>? say, CancellationToken cancellationToken)
    {
        List<string> missing = [];
        if (postgres && Postgres is null)
        {
            missing.Add("postgresql");
        }

        if (rabbitMq && RabbitMq is null)
        {
            missing.Add("rabbitmq-server");
        }

        if (missing is [])
        {
            return;
        }

        // Never needed and so never asked for alone: the agent's supervisors start in a third of the time by its shell.
        if (OnPath("apt-get") is not null && !File.Exists("/usr/lib/klibc/bin/sh"))
        {
            missing.Add("klibc-utils");
        }

        var names = string.Join(' ', missing);
        if (OnPath("apt-get") is null)
        {
            throw new ServerException($"missing here: {names}; install them with the system's package manager");
        }

        List<string> sudo = Environment.IsPrivilegedProcess ? [] : ["sudo", "-n"];
        if (sudo is not [] && (OnPath("sudo") is null || !await MaySudo(cancellationToken).ConfigureAwait(false)))
        {
            throw new ServerException($"missing here: {names}; run: sudo apt-get install {names}");
        }

        say?.Invoke($"installing {names}");
        try
        {
            await Apt(sudo, ["install", "-y", "--no-install-recommends", .. missing], cancellationToken).ConfigureAwait(false);
        }
        catch (ServerException)
        {
            // The lists of a fresh machine are empty or old; with new ones it either works or is told.
            await Apt(sudo, ["update", "-qq"], cancellationToken).ConfigureAwait(false);
            await Apt(sudo, ["install", "-y", "--no-install-recommends", .. missing], cancellationToken).ConfigureAwait(false);
        }
    }

    private static Task<string> Apt(IEnumerable<string> sudo, IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        Command.Run(
            // Another set-up may hold the lock for a while.
            [.. sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", .. arguments], cancellationToken);

    private static async Task<bool> MaySudo(CancellationToken cancellationToken)
    {
        try
        {
            await Command.Run(["sudo", "-n", "true"], cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (ServerException)
        {
            return false;
        }
    }

    private static string? Existing(string path) => File.Exists(path) ? path : null;

    private static string? Newest(string root, string versions, string program) => !Directory.Exists(root)
        ? null
        : Directory.EnumerateDirectories(root, versions)
            .Select(directory => Existing(Path.Combine(directory, program)))
            .OfType<string>()
            .MaxBy(VersionOf);

    private static long VersionOf(string path) => new string([.. path.Where(char.IsAsciiDigit).Take(9)]) is { Length: > 0 } digits
        ? long.Parse(digits, System.Globalization.CultureInfo.InvariantCulture)
        : 0;
}
