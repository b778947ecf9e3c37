using System.Text.RegularExpressions;
using Bourse.Contracts;

namespace Bourse.Allocator.Engine;

internal enum Predicate
{
    Exists,
    NotExists,
    TextEquals,
    TextNotEquals,
    TextMatches,
    TextNotMatches,
}

internal enum Selector
{
    Attribute,
    Hostname,
    Region,
    Zone,
}

/// <summary>One condition on an attribute of an agent.</summary>
internal sealed class AttributeConstraint(Selector selector, string? attribute, Predicate predicate, string? text)
{
    // Without backtracking the time of a match is linear in the text, whatever the pattern.
    private readonly Regex? pattern = predicate is Predicate.TextMatches or Predicate.TextNotMatches
        ? new Regex($"^(?:{text})$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)
        : null;

    public bool Allows(AgentSlot agent)
    {
        var (exists, value) = Selected(agent);
        var positive = predicate is Predicate.Exists or Predicate.TextEquals or Predicate.TextMatches;
        if (!exists)
            return !positive;
        if (predicate is Predicate.Exists or Predicate.NotExists)
            return positive;
        // What is not text satisfies every condition on text, the negated ones too.
        if (value is null)
            return true;
        return positive == (pattern is null ? value == text : pattern.IsMatch(value));
    }

    private (bool Exists, string? Text) Selected(AgentSlot agent)
    {
        switch (selector)
        {
            case Selector.Hostname: return (true, agent.Hostname);
            case Selector.Region: return (agent.Region is not null, agent.Region);
            case Selector.Zone: return (agent.Zone is not null, agent.Zone);
            default:
                foreach (var candidate in agent.Attributes)
                    if (candidate.Name == attribute)
                        return (true, candidate.Text);
                return (false, null);
        }
    }
}

/// <summary>Any group suffices; in a group every constraint must hold.</summary>
internal sealed class OfferConstraints(IReadOnlyList<IReadOnlyList<AttributeConstraint>> groups)
{
    // By agent: the version of its attributes, shifted left by one, with the answer in the lowest bit.
    private int[] known = [];

    public bool Allows(AgentSlot agent)
    {
        if (agent.Index >= known.Length)
        {
            var before = known.Length;
            Array.Resize(ref known, Math.Max(agent.Index + 1, before * 2));
            known.AsSpan(before).Fill(-1);
        }
        ref var answer = ref known[agent.Index];
        if (answer < 0 || answer >> 1 != agent.AttributesVersion)
            answer = (agent.AttributesVersion << 1) | (groups.Any(group => group.All(each => each.Allows(agent))) ? 1 : 0);
        return (answer & 1) != 0;
    }
}
