using System.Collections.Concurrent;
using System.ComponentModel;
using Bourse.Agent.Host.Processes;

namespace Bourse.Agent.Host.Containers;

/// <summary>
/// Takes away what the containers of ended runs left, and tries again what could not be: a plugin or an engine that fails stands
/// neither in the way of a task's end nor of the agent.
/// </summary>
/// <param name="directoryOf">Where the notes of a run are; there as long as anything is left of it.</param>
/// <param name="undo">Takes all away but the notes; throws when it cannot.</param>
/// <param name="failed">Told what could not be, and why.</param>
internal sealed class Leftovers(Func<long, string> directoryOf, Func<long, CancellationToken, Task> undo, Action<long, string> failed)
{
    private const bool Forgotten = true;

    // Runs of which something is left, and whether nobody will ask about them again.
    private readonly ConcurrentDictionary<long, bool> left = new();

    /// <summary>Whether anything is left of a run, notes included.</summary>
    public bool Of(long run) => Directory.Exists(directoryOf(run));

    /// <summary>Takes away what is left of a run but its notes, now or later.</summary>
    public async Task Undo(long run, CancellationToken stopping)
    {
        if (IsUndone(run))
            return;
        try
        {
            await undo(run, stopping);
            await File.WriteAllTextAsync(Undone(run), "", stopping);
        }
        catch (Exception e) when (e is IOException or CannotStartException or Win32Exception)
        {
            left.TryAdd(run, !Forgotten);
            failed(run, e.Message);
        }
    }

    /// <summary>Tries again what could not be.</summary>
    public async Task UndoAgain(CancellationToken stopping)
    {
        foreach (var run in left.Keys)
        {
            if (Of(run))
                await Undo(run, stopping);
            if ((IsUndone(run) || !Of(run)) && left.TryRemove(run, out var forgotten) && forgotten)
                Forget(run);
        }
    }

    /// <summary>Nobody will ask about a run again: the notes go too, once nothing else is left.</summary>
    public void Forget(long run)
    {
        if (IsUndone(run))
            Directory.Delete(directoryOf(run), recursive: true);
        else if (Of(run))
            left[run] = Forgotten;
    }

    /// <summary>Takes away what is left of runs of which there may be no notes.</summary>
    public async Task Remove(IEnumerable<long> runs, CancellationToken stopping)
    {
        foreach (var run in runs.Distinct().ToList())
        {
            Directory.CreateDirectory(directoryOf(run));
            await Undo(run, stopping);
            Forget(run);
        }
    }

    private bool IsUndone(long run) => File.Exists(Undone(run));

    private string Undone(long run) => Path.Combine(directoryOf(run), "undone");
}
