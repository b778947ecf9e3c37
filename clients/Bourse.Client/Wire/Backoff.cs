namespace Bourse.Client.Wire;

/// <summary>Pauses that double up to a longest, with a random part of up to a half left out.</summary>
/// <param name="first">The first pause.</param>
/// <param name="longest">The longest.</param>
/// <param name="random">Gives numbers from 0 to below 1.</param>
internal sealed class Backoff(TimeSpan first, TimeSpan longest, Func<double> random)
{
    private TimeSpan? after;

    public TimeSpan Next()
    {
        var pause = after ?? first;
        after = pause * 2 < longest ? pause * 2 : longest;
        return pause * (1 - (random() / 2));
    }

    /// <summary>The connection holds; the next pause is the first one again.</summary>
    public void Reset() => after = null;
}
