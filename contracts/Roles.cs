namespace Bourse.Contracts;

/// <summary>An amount of a scalar resource, whatever it is reserved for.</summary>
/// <param name="Name">The resource: <c>cpus</c>, <c>mem</c> (MB of 2^20 bytes) and so on.</param>
/// <param name="Amount">How much.</param>
public sealed record Quantity(string Name, Scalar Amount)
{
    /// <summary>For people: <c>cpus:1.5</c>.</summary>
    public override string ToString() => $"{Name}:{Amount}";
}

/// <summary>What is kept for a role and what it may have at most, in everything below it too.</summary>
/// <param name="Role">The role.</param>
/// <param name="Guarantee">What others leave to it, sorted by name; no name means none.</param>
/// <param name="Limit">What it never exceeds, sorted by name; a name that is missing is not limited.</param>
public sealed record RoleQuota(string Role, ValueList<Quantity> Guarantee, ValueList<Quantity> Limit)
{
    /// <summary>Nothing is kept and nothing limited: the same as no quota.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsDefault => Guarantee.Count == 0 && Limit.Count == 0;
}

/// <summary>How much a role weighs against its siblings.</summary>
/// <param name="Role">The role.</param>
/// <param name="Weight">Positive; 1 unless set.</param>
public sealed record RoleWeight(string Role, double Weight);

/// <summary>Facts about how roles share the cluster. Only writer: the allocator.</summary>
public interface IRoleFact : IFact;

/// <summary>An operator set quotas, all at once. A quota of no guarantee and no limit is gone.</summary>
/// <param name="Quotas">The new quotas, each replacing what its role had; sorted by role.</param>
/// <param name="Forced">Asked for even if the cluster cannot keep the guarantees, or a role has more than its limit already.</param>
/// <param name="Principal">Who asked.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record QuotasUpdated(ValueList<RoleQuota> Quotas, bool Forced, string Principal, DateTimeOffset At) : IRoleFact
{
    IEnumerable<Subject> IFact.Subjects => [.. Quotas.Select(quota => new Subject("role", quota.Role)), new("principal", Principal)];
}

/// <summary>An operator set weights.</summary>
/// <param name="Weights">The new weights, sorted by role.</param>
/// <param name="Principal">Who asked.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record WeightsUpdated(ValueList<RoleWeight> Weights, string Principal, DateTimeOffset At) : IRoleFact
{
    IEnumerable<Subject> IFact.Subjects => [.. Weights.Select(weight => new Subject("role", weight.Role)), new("principal", Principal)];
}
