namespace Bourse.Agent.Host.Containers.Docker;

internal sealed partial class DockerEngine
{
    /// <summary>Removes what belongs to no run that lives; later, when the engine does not answer.</summary>
    public async Task RemoveOrphans(IReadOnlySet<long> live, CancellationToken stopping)
    {
        if (Missing is not null)
            return;
        living = live;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        patience.CancelAfter(Patience);
        try
        {
            if (await engine.Silence(patience.Token) is { } silence)
                LogSilent(log, silence);
            else
                await RemoveThoseLeft(patience.Token);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            LogSilent(log, $"nothing was heard for {Patience}");
        }
        catch (IOException e)
        {
            LogSilent(log, e.Message);
        }
    }

    /// <summary>Tries again to remove what could not be.</summary>
    public Task UndoAgain(CancellationToken stopping) => left.UndoAgain(stopping);

    // Before the first container of this run of the agent, whenever that is: what is there then is of earlier ones.
    private async Task RemoveThoseLeft(CancellationToken cancelled)
    {
        await removing.WaitAsync(cancelled);
        try
        {
            if (living is not { } live)
                return;
            var listed = await engine.Run(cancelled, "container", "ls", "--all", "--filter", $"label={Label}={names.Prefix}", "--format", "{{.Names}}");
            if (listed.Code != 0)
                throw new IOException($"containers could not be listed: {listed.Complaint}");
            await left.Remove(
                listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(RunOf).OfType<long>().Concat(places.Runs())
                    .Where(run => !live.Contains(run)),
                cancelled);
            names.DeleteSecretsExcept(live);
            living = null;
        }
        finally
        {
            removing.Release();
        }
    }

    private async Task Undo(long run, CancellationToken stopping)
    {
        foreach (var container in (string[])[names.Id(run), names.Id(run) + LookingGlass.Suffix])
        {
            var removed = await engine.RunWhenThere(stopping, "container", "rm", "--force", "--volumes", container);
            if (removed.Code != 0 && await engine.Inspect(container, stopping) is not null)
                throw new IOException($"container {container} could not be removed: {removed.Complaint}");
        }
        cgroups.Remove(names.Cgroup(run));
        await seen.Release(run, stopping);
        names.DeleteSecrets(run);
    }
}
