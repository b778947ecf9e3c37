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
        await left.Remove(
            places.Runs().Concat(cgroups.Below(places.CgroupOfAgent).Concat(CniNetworks.Named(places.Prefix)).Select(places.RunOf).OfType<long>())
                .Where(run => !live.Contains(run)),
            stopping);
        places.DeleteSecretsExcept(live);
    }

    /// <summary>Tries again to take away what could not be.</summary>
    public Task UndoAgain(CancellationToken stopping) => left.UndoAgain(stopping);

    private async Task Undo(long run, CancellationToken stopping)
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
            await networks.Leave(id, Path.Combine(places.Of(run), "networks"), stopping);
        await seen.Release(run, stopping);
        places.DeleteSecrets(run);
    }
}
