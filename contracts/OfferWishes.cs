namespace Bourse.Contracts;

/// <summary>The least that a framework wants to be offered in a role, instead of the general minimum.</summary>
/// <param name="Role">One of the framework's roles.</param>
/// <param name="Alternatives">An offer reaches at least one, and of that every name; none means that anything will do.</param>
public sealed record RoleMinimum(string Role, ValueList<ValueList<Quantity>> Alternatives);

/// <summary>The agents a framework wants offers of in a role.</summary>
/// <param name="Role">One of the framework's roles.</param>
/// <param name="Groups">At least one group holds, and in it every condition.</param>
public sealed record RoleConstraints(string Role, ValueList<ValueList<AttributeCondition>> Groups);

/// <summary>A condition on an agent.</summary>
/// <param name="Selector">What of the agent.</param>
/// <param name="Attribute">The attribute's name; null unless the selector says attribute.</param>
/// <param name="Predicate">What must hold.</param>
/// <param name="Text">What it is compared with; null when only existence counts.</param>
public sealed record AttributeCondition(AgentSelector Selector, string? Attribute, AttributePredicate Predicate, string? Text);

/// <summary>What of an agent a condition looks at.</summary>
public enum AgentSelector
{
    /// <summary>An attribute by its name; the first of several counts.</summary>
    Attribute,
    /// <summary>The agent's hostname.</summary>
    Hostname,
    /// <summary>The region of its fault domain.</summary>
    Region,
    /// <summary>The zone of its fault domain.</summary>
    Zone,
}

/// <summary>What a condition asks. What is not text satisfies every condition on text.</summary>
public enum AttributePredicate
{
    /// <summary>It is there.</summary>
    Exists,
    /// <summary>It is not there.</summary>
    NotExists,
    /// <summary>It is this text.</summary>
    TextEquals,
    /// <summary>It is not this text, or not there.</summary>
    TextNotEquals,
    /// <summary>The whole text matches this expression.</summary>
    TextMatches,
    /// <summary>The whole text does not match this expression, or it is not there.</summary>
    TextNotMatches,
}
