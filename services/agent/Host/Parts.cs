namespace Bourse.Agent.Host;

/// <summary>Parts of the agent that run beside each other to the end.</summary>
internal static class Parts
{
    /// <summary>
    /// Runs them until they are told to stop, or one of them ends: a part that is silently missing would be worse than a restart.
    /// </summary>
    public static async Task Run(IReadOnlyList<Func<CancellationToken, Task>> parts, CancellationToken stopping)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var running = parts.Select(part => part(stop.Token)).ToList();
        await Task.WhenAny(running);
        await stop.CancelAsync();
        await Task.WhenAll(running);
    }
}
