using Bourse.Contracts;

namespace Bourse.Registry;

/// <summary>How much an agent may change between two registrations.</summary>
public enum ReconfigurationPolicy
{
    /// <summary>Nothing may be taken away: resources and attributes may grow, and new ones may come.</summary>
    Additive,
    /// <summary>Resources, attributes, hostname and domain stay as they are.</summary>
    Equal,
    /// <summary>Everything may change.</summary>
    Any,
}

/// <summary>Whether an agent that registers again may be what it says it is now.</summary>
public static class Reconfiguring
{
    /// <summary>What it may not have changed, or null.</summary>
    public static string? Problem(ReconfigurationPolicy policy, AgentDescription before, AgentDescription now) => policy switch
    {
        ReconfigurationPolicy.Any => null,
        _ when before.Hostname != now.Hostname => $"hostname: was {before.Hostname} and is {now.Hostname}",
        _ when before.Domain is { } domain && domain != now.Domain => $"domain: was {domain} and is {(object?)now.Domain ?? "none"}",
        ReconfigurationPolicy.Equal => !before.Total.Equals(now.Total) ? $"resources: were {before.Total} and are {now.Total}"
            : !Given(before).SequenceEqual(Given(now)) ? "attributes: are not what they were"
            : before.Domain != now.Domain ? "domain: was none"
            : null,
        _ => Less(before, now),
    };

    // That a machine has runc now, or no longer, is no reason to refuse its agent.
    private static IEnumerable<AgentAttribute> Given(AgentDescription description) => description.Attributes.Where(attribute => !attribute.IsObserved);

    private static string? Less(AgentDescription before, AgentDescription now)
    {
        if (!now.Total.Contains(before.Total))
            return $"resources: were {before.Total} and are {now.Total}; they may only grow";
        return Given(before).FirstOrDefault(attribute => !now.Attributes.Any(other => Covers(other, attribute))) is { } lost
            ? $"attributes: {lost.Name} was changed or taken away"
            : null;
    }

    private static bool Covers(AgentAttribute now, AgentAttribute before) =>
        now == before || (now.Name == before.Name && before.Ranges.Count > 0 && now.Ranges.Count > 0 && Intervals.Covers(now.Ranges, before.Ranges));
}
