using Bourse.Contracts;
using V1 = Bourse.MesosV1;
using WireConstraint = Bourse.MesosV1.Scheduler.AttributeConstraint;
using WireConstraints = Bourse.MesosV1.Scheduler.OfferConstraints;
using Pseudo = Bourse.MesosV1.Scheduler.AttributeConstraint.Types.Selector.Types.PseudoattributeType;

namespace Bourse.Allocator.Host.Http.Mapping;

/// <summary>What a framework asks of its offers: <c>offer_filters</c> and <c>offer_constraints</c>.</summary>
internal static class OfferWishesMapping
{
    /// <exception cref="UnusableException">An amount is none.</exception>
    public static ValueList<RoleMinimum> Minimums(V1.FrameworkInfo info) => info.OfferFilters
        .Where(each => each.Value.MinAllocatableResources is not null)
        .OrderBy(each => each.Key, StringComparer.Ordinal)
        .Select(each => new RoleMinimum(each.Key, each.Value.MinAllocatableResources.Quantities.Select(Quantities).ToValueList()))
        .ToValueList();

    /// <exception cref="UnusableException">A condition says nothing, or several things at once.</exception>
    public static ValueList<RoleConstraints> Constraints(WireConstraints? constraints) => constraints is null ? [] : constraints.RoleConstraints
        .OrderBy(each => each.Key, StringComparer.Ordinal)
        .Select(each => new RoleConstraints(each.Key, each.Value.Groups.Select(group => group.AttributeConstraints.Select(Condition).ToValueList()).ToValueList()))
        .ToValueList();

    public static void Write(V1.FrameworkInfo info, ValueList<RoleMinimum> minimums)
    {
        foreach (var (role, alternatives) in minimums)
        {
            var written = new V1.OfferFilters.Types.MinAllocatableResources();
            foreach (var alternative in alternatives)
            {
                var quantities = new V1.OfferFilters.Types.ResourceQuantities();
                foreach (var (name, amount) in alternative)
                    quantities.Quantities[name] = new() { Value = amount.ToDouble() };
                written.Quantities.Add(quantities);
            }
            info.OfferFilters[role] = new() { MinAllocatableResources = written };
        }
    }

    public static WireConstraints? Write(ValueList<RoleConstraints> constraints)
    {
        if (constraints.Count == 0)
            return null;
        var written = new WireConstraints();
        foreach (var (role, groups) in constraints)
            written.RoleConstraints[role] = new()
            {
                Groups = { groups.Select(group => new WireConstraints.Types.RoleConstraints.Types.Group { AttributeConstraints = { group.Select(Write) } }) },
            };
        return written;
    }

    private static ValueList<Quantity> Quantities(V1.OfferFilters.Types.ResourceQuantities quantities) => quantities.Quantities
        .OrderBy(each => each.Key, StringComparer.Ordinal)
        .Select(each => QuotaRules.Problem(each.Key, each.Value.Value) is { } problem
            ? throw new UnusableException($"framework_info.offer_filters: {problem}")
            : new Quantity(each.Key, Contracts.Scalar.From(each.Value.Value)))
        .ToValueList();

    private static AttributeCondition Condition(WireConstraint constraint)
    {
        var (selector, attribute) = constraint.Selector switch
        {
            { HasAttributeName: true, HasPseudoattributeType: true } => throw new UnusableException("a selector of offer_constraints names an attribute and a pseudo attribute"),
            { HasAttributeName: true } named => (AgentSelector.Attribute, named.AttributeName),
            { PseudoattributeType: Pseudo.Hostname } => (AgentSelector.Hostname, (string?)null),
            { PseudoattributeType: Pseudo.Region } => (AgentSelector.Region, null),
            { PseudoattributeType: Pseudo.Zone } => (AgentSelector.Zone, null),
            _ => throw new UnusableException("a selector of offer_constraints names neither an attribute nor a known pseudo attribute"),
        };
        var predicate = constraint.Predicate;
        var said = new List<(AttributePredicate Is, string? Text)>();
        if (predicate?.Exists is not null)
            said.Add((AttributePredicate.Exists, null));
        if (predicate?.NotExists is not null)
            said.Add((AttributePredicate.NotExists, null));
        if (predicate?.TextEquals is { } equal)
            said.Add((AttributePredicate.TextEquals, equal.Value));
        if (predicate?.TextNotEquals is { } unequal)
            said.Add((AttributePredicate.TextNotEquals, unequal.Value));
        if (predicate?.TextMatches is { } match)
            said.Add((AttributePredicate.TextMatches, match.Regex));
        if (predicate?.TextNotMatches is { } mismatch)
            said.Add((AttributePredicate.TextNotMatches, mismatch.Regex));
        return said is [var (what, text)]
            ? new(selector, attribute, what, text)
            : throw new UnusableException("a predicate of offer_constraints must say exactly one known thing");
    }

    private static WireConstraint Write(AttributeCondition condition)
    {
        var text = condition.Text;
        return new()
        {
            Selector = condition.Selector switch
            {
                AgentSelector.Hostname => new() { PseudoattributeType = Pseudo.Hostname },
                AgentSelector.Region => new() { PseudoattributeType = Pseudo.Region },
                AgentSelector.Zone => new() { PseudoattributeType = Pseudo.Zone },
                _ => new() { AttributeName = condition.Attribute! },
            },
            Predicate = condition.Predicate switch
            {
                AttributePredicate.Exists => new() { Exists = new() },
                AttributePredicate.NotExists => new() { NotExists = new() },
                AttributePredicate.TextEquals => new() { TextEquals = new() { Value = text } },
                AttributePredicate.TextNotEquals => new() { TextNotEquals = new() { Value = text } },
                AttributePredicate.TextMatches => new() { TextMatches = new() { Regex = text } },
                _ => new() { TextNotMatches = new() { Regex = text } },
            },
        };
    }
}
