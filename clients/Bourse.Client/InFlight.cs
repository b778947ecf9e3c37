namespace Bourse.Client;

/// <summary>Calls whose answers nobody waits for one by one; that one failed is told at the next occasion.</summary>
internal sealed class InFlight(int most)
{
    private readonly List<Task> calls = [];

    /// <summary>Adds a call, and waits while there are too many.</summary>
    public async Task Add(Task call)
    {
        calls.Add(call);
        if (calls.Count >= most)
            await Task.WhenAny(calls).ConfigureAwait(false);
        foreach (var ended in calls.Where(each => each.IsCompleted).ToList())
        {
            calls.Remove(ended);
            await ended.ConfigureAwait(false);
        }
    }

    /// <summary>Waits for all of them.</summary>
    public async Task All()
    {
        await Task.WhenAll(calls).ConfigureAwait(false);
        calls.Clear();
    }
}
