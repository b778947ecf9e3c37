using Bourse.Agent.Host.Containers.Images;
using Bourse.Agent.Host.Containers.Networks;
using Bourse.Agent.Host.Processes;

namespace Bourse.Agent.Host.Containers;

/// <summary>What this machine lets the agent do, looked at once at its start.</summary>
internal sealed record Abilities
{
    private static readonly string[] Pseudo = ["proc", "sysfs", "cgroup", "cgroup2", "devtmpfs", "devpts", "mqueue", "nsfs", "overlay", "autofs", "securityfs", "debugfs", "tracefs", "bpf"];
    private static readonly string[] NotShown = ["/proc", "/sys", "/dev", "/run/netns", "/tmp"];

    /// <summary>The OCI runtime; null when there is none.</summary>
    public string? Runc { get; init; }

    public string? Unshare { get; init; }

    /// <summary>A static init program, which passes signals on and reaps; null when there is none.</summary>
    public string? Init { get; init; }

    /// <summary>Whether a container's changes can lie over its image; otherwise the image is copied.</summary>
    public bool Overlay { get; init; }

    /// <summary>Why there can be no containers; null when there can.</summary>
    public string? RuncMissing { get; init; }

    /// <summary>Mounted file systems that belong to the machine's own files.</summary>
    public IReadOnlyList<string> MachineMounts { get; init; } = [];

    /// <summary>Looks at the machine.</summary>
    public static async Task<Abilities> Look(string work, Cgroups cgroups, CancellationToken stopping)
    {
        var (runc, unshare) = (Programs.Find("runc"), Programs.Find("unshare"));
        var missing =
            !Environment.IsPrivilegedProcess ? "the agent is not root"
            : runc is null ? "runc is not on the machine"
            : unshare is null ? "unshare (util-linux) is not on the machine"
            : cgroups.Missing().Select(each => $"{each.Controller}: {each.Why}").FirstOrDefault();
        return new()
        {
            Runc = runc,
            Unshare = unshare,
            Init = Programs.Find("tini-static"),
            RuncMissing = missing ?? await Forbidden(unshare!, stopping),
            Overlay = missing is null && await CanOverlay(unshare!, work, stopping),
            MachineMounts = File.ReadLines("/proc/self/mountinfo").Select(Shown).OfType<string>().Distinct(StringComparer.Ordinal)
                .Where(path => !path.StartsWith(work, StringComparison.Ordinal)).ToList(),
        };
    }

    /// <summary>What tasks cannot be held to or given here, each with the reason.</summary>
    public IEnumerable<(string What, string Why)> Unenforced(bool plain, ImageStore images, CniNetworks networks)
    {
        if ((plain ? "the configuration says so" : RuncMissing) is { } why)
        {
            foreach (var what in (string[])["cpu", "memory", "pids", "namespaces", "capabilities", "rlimits", "seccomp", "images", "networks"])
                yield return (what, why);
            yield break;
        }
        if (images.Missing is { } noImages)
            yield return ("images", noImages);
        if (networks.MissingForJoining is { } noNetworks)
            yield return ("networks", noNetworks);
        if (Init is null)
            yield return ("init", "tini-static is not on the machine: a command without a handler for TERM ends only by KILL");
    }

    private static async Task<string?> Forbidden(string unshare, CancellationToken stopping) =>
        await Tool.Run(unshare, ["--mount", "--pid", "--ipc", "--fork", "--propagation", "slave", "true"], stopping) is { Code: not 0 } failed
            ? $"namespaces cannot be made: {failed.Complaint}"
            : null;

    private static async Task<bool> CanOverlay(string unshare, string work, CancellationToken stopping)
    {
        // Its options are separated by commas, its lower directories by colons.
        if (work.AsSpan().ContainsAny(':', ',', '\\'))
            return false;
        var trial = Directory.CreateDirectory(Path.Combine(work, $"overlay-{Guid.NewGuid():N}"));
        try
        {
            foreach (var part in (string[])["lower", "upper", "work", "root"])
                trial.CreateSubdirectory(part);
            var mounted = await Tool.Run(
                unshare, ["--mount", "--propagation", "slave", "mount", "-t", "overlay", "overlay", "-o",
                    $"lowerdir={trial}/lower,upperdir={trial}/upper,workdir={trial}/work", $"{trial}/root"], stopping);
            return mounted.Code == 0;
        }
        finally
        {
            trial.Delete(recursive: true);
        }
    }

    private static string? Shown(string line)
    {
        var fields = line.Split(' ');
        var dash = Array.IndexOf(fields, "-");
        // Spaces in paths are written as \040: such a mount is left out rather than guessed at.
        return dash > 0 && fields[4] is var path and not "/" && !path.Contains('\\', StringComparison.Ordinal) && !Pseudo.Contains(fields[dash + 1])
            && !NotShown.Any(hidden => path == hidden || path.StartsWith($"{hidden}/", StringComparison.Ordinal)) && Directory.Exists(path)
            ? path
            : null;
    }
}
