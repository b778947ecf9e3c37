namespace Bourse.Servers;

/// <summary>
/// The account a server runs under: PostgreSQL refuses to be root, so root steps down to the account that the server's
/// package brought; everybody else stays who they are.
/// </summary>
internal sealed class Account(string name)
{
    private static readonly bool Root = Environment.UserName == "root" || Environment.IsPrivilegedProcess;

    /// <summary>The command, as this account.</summary>
    public IReadOnlyList<string> Do(params IEnumerable<string> argv) =>
        Root ? ["setpriv", "--reuid", name, "--regid", name, "--init-groups", .. argv] : [.. argv];

    /// <summary>Makes the directory, with all that is in it, the account's.</summary>
    public async Task Own(string directory, CancellationToken cancellationToken)
    {
        if (Root)
        {
            await Command.Run(["chown", "-R", $"{name}:{name}", directory], cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// A directory that the account can enter. The one asked for, unless root runs from a place that is closed to others (its
    /// own home, usually): then one below /var/lib, with a link at the place asked for.
    /// </summary>
    public static string Reachable(string directory)
    {
        directory = Path.GetFullPath(directory);
        Directory.CreateDirectory(directory);
        if (Directory.ResolveLinkTarget(directory, returnFinalTarget: true) is { } target)
        {
            return target.FullName;
        }

        if (!Root || Ancestors(directory).All(OpenToOthers))
        {
            return directory;
        }

        var elsewhere = Path.Combine("/var/lib/bourse", Uri.EscapeDataString(directory.TrimStart('/')));
        Directory.CreateDirectory(elsewhere);
        Directory.Delete(directory);
        Directory.CreateSymbolicLink(directory, elsewhere);
        return elsewhere;
    }

    /// <summary>Removes a directory that <see cref="Reachable"/> gave, wherever it is.</summary>
    public static void Remove(string directory)
    {
        var target = Directory.ResolveLinkTarget(directory, returnFinalTarget: true);

        // The link first, while it leads somewhere: of one that does not, the framework says that it is no directory.
        Directory.Delete(directory, recursive: true);
        if (target is not null)
        {
            Directory.Delete(target.FullName, recursive: true);
        }
    }

    private static IEnumerable<string> Ancestors(string directory)
    {
        for (var at = Path.GetDirectoryName(directory); at is not null; at = Path.GetDirectoryName(at))
        {
            yield return at;
        }
    }

    private static bool OpenToOthers(string directory) => File.GetUnixFileMode(directory).HasFlag(UnixFileMode.OtherExecute);
}
