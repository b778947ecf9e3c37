using Bourse.Allocator.Engine;
using Bourse.Contracts;

namespace Bourse.Allocator;

/// <summary>What a framework itself asks of its offers, as the engine knows it.</summary>
internal static class Wishes
{
    public static void Apply(AllocationEngine engine, FrameworkSlot framework, FrameworkDescription description)
    {
        engine.SetMinimums(framework, description.Minimums.ToDictionary(
            each => each.Role, each => EngineOptions.Of(engine.Names, Thousandths(each.Alternatives)), StringComparer.Ordinal));
        engine.SetConstraints(framework, description.Constraints.ToDictionary(
            each => each.Role,
            each => new OfferConstraints([.. each.Groups.Select(group => group.Select(Constraint).ToList())]),
            StringComparer.Ordinal));
    }

    public static List<(string Name, long Thousandths)[]> Thousandths(ValueList<ValueList<Quantity>> alternatives) =>
        [.. alternatives.Select(all => all.Select(each => (each.Name, each.Amount.Thousandths)).ToArray())];

    /// <summary>The condition; its expression is compiled.</summary>
    public static AttributeConstraint Constraint(AttributeCondition condition) => new(
        condition.Selector switch
        {
            AgentSelector.Hostname => Selector.Hostname,
            AgentSelector.Region => Selector.Region,
            AgentSelector.Zone => Selector.Zone,
            _ => Selector.Attribute,
        },
        condition.Attribute,
        condition.Predicate switch
        {
            AttributePredicate.Exists => Predicate.Exists,
            AttributePredicate.NotExists => Predicate.NotExists,
            AttributePredicate.TextEquals => Predicate.TextEquals,
            AttributePredicate.TextNotEquals => Predicate.TextNotEquals,
            AttributePredicate.TextMatches => Predicate.TextMatches,
            _ => Predicate.TextNotMatches,
        },
        condition.Text);
}
