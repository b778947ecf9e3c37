using Bourse.Agent.Host.Containers.Networks;
using Bourse.Agent.Host.Processes;

namespace Bourse.Agent.Host.Containers;

internal sealed partial class Runc
{
    /// <summary>Removes what belongs to no run that lives.</summary>
    /// <param name="live">The runs that may have a supervisor.</param>
    /// <param name="stopping">The agent stops.</param>
    public async Task RemoveOrphans(IReadOnlySet<long> live, CancellationToken stopping)
    {
        if (Missing is not null)
            return;
        foreach (var run in places.Runs().Concat(cgroups.Below(places.CgroupOfAgent).Concat(CniNetworks.Named(places.Prefix)).Select(places.RunOf).OfType<long>())
            .Distinct().Where(run => !live.Contains(run)).ToList())
        {
            Directory.CreateDirectory(places.Of(run));
            await TryUndo(run, stopping);
            Forget(run);
        }
        places.DeleteSecretsExcept(live);
    }

    /// <summary>Tries again to take away what could not be.</summary>
    public async Task UndoAgain(CancellationToken stopping)
    {
        foreach (var run in left.Keys)
        {
            if (Holds(run))
                await TryUndo(run, stopping);
            if (!Holds(run))
                left.TryRemove(run, out _);
            else if (File.Exists(Path.Combine(places.Of(run), Undone)) && left.TryRemove(run, out var forgotten) && forgotten)
                Forget(run);
        }
    }

    // What cannot be taken away now, because a plugin fails for instance, stands neither in the way of the task's end nor of the agent.
    private async Task TryUndo(long run, CancellationToken stopping)
    {
        try
        {
            await Undo(run, places.Of(run), stopping);
        }
        catch (Exception e) when (e is IOException or CannotStartException or System.ComponentModel.Win32Exception)
        {
            left.TryAdd(run, !Forgotten);
            LogLeft(log, places.Id(run), e.Message);
        }
    }

    private async Task Undo(long run, string directory, CancellationToken stopping)
    {
        var id = places.Id(run);
        if (places.HasState(id))
        {
            var deleted = await Tool.Run(abilities.Runc!, ["--root", places.State, "delete", "--force", id], stopping);
            if (places.HasState(id) && !places.HasUnreadableState(id))
                throw new IOException($"container {id} could not be deleted: {deleted.Complaint}");
        }
        foreach (var process in cgroups.ProcessesIn(places.Cgroup(run)).ToList())
            _ = Native.Kill(process, Native.SigKill);
        cgroups.Remove(places.Cgroup(run));
        // The machine stopped before it was on the disk: the runtime says "EOF" to everything from then on.
        if (places.HasState(id))
            places.DeleteState(id);
        if (networks.Missing is null)
            await networks.Leave(id, Path.Combine(directory, "networks"), stopping);
        await seen.Release(run, stopping);
        places.DeleteSecrets(run);
        await File.WriteAllTextAsync(Path.Combine(directory, Undone), "", stopping);
    }
}
