namespace Bourse.Contracts;

/// <summary>One offer of an allocation cycle.</summary>
/// <param name="Id">Never reused.</param>
/// <param name="AgentId">Whose resources.</param>
/// <param name="Resources">What is offered, allocated to the role of the offer.</param>
public sealed record OfferedResources(OfferId Id, AgentId AgentId, Resources Resources);

/// <summary>Facts about offers. Only writer: the allocator.</summary>
public interface IOfferFact : IFact
{
    /// <summary>The framework the offers are for.</summary>
    FrameworkId FrameworkId { get; }
}

/// <summary>An allocation cycle offered resources to a framework; they are promised to it until the offers end.</summary>
/// <param name="FrameworkId">The framework.</param>
/// <param name="Role">The role they are offered in.</param>
/// <param name="Offers">At most 500.</param>
/// <param name="Cycle">The allocation cycle; also the seed of its random choices.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record OffersMade(FrameworkId FrameworkId, string Role, ValueList<OfferedResources> Offers, long Cycle, DateTimeOffset At) : IOfferFact
{
    IEnumerable<Subject> IFact.Subjects =>
        [FrameworkId, new("role", Role), .. Offers.Select(o => (Subject)o.Id), .. Offers.Select(o => (Subject)o.AgentId).Distinct()];
}

/// <summary>The framework accepted offers; what its operations did not use is free again.</summary>
/// <param name="FrameworkId">The framework.</param>
/// <param name="OfferIds">The offers, all of one agent; over from now on.</param>
/// <param name="AgentId">Their agent.</param>
/// <param name="Role">The role they were made to.</param>
/// <param name="Unused">What no operation took or changed, allocated to no role.</param>
/// <param name="RefusedUntil">UTC instant until which <paramref name="Unused"/> is not offered to this framework again; null for no filter.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record OffersAccepted(
    FrameworkId FrameworkId,
    ValueList<OfferId> OfferIds,
    AgentId AgentId,
    string Role,
    Resources Unused,
    DateTimeOffset? RefusedUntil,
    DateTimeOffset At) : IOfferFact
{
    IEnumerable<Subject> IFact.Subjects => [FrameworkId, .. OfferIds.Select(id => (Subject)id), AgentId];
}

/// <summary>The framework turned offers down; the resources are free again.</summary>
/// <param name="FrameworkId">The framework.</param>
/// <param name="OfferIds">The offers; over from now on.</param>
/// <param name="RefusedUntil">UTC instant before which these resources are not offered to this framework in the offer's role; null for no filter.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record OffersDeclined(FrameworkId FrameworkId, ValueList<OfferId> OfferIds, DateTimeOffset? RefusedUntil, DateTimeOffset At) : IOfferFact
{
    IEnumerable<Subject> IFact.Subjects => [FrameworkId, .. OfferIds.Select(id => (Subject)id)];
}

/// <summary>Offers were withdrawn before the framework answered.</summary>
/// <param name="FrameworkId">The framework.</param>
/// <param name="OfferIds">The offers; over from now on.</param>
/// <param name="Reason">Why, for people.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record OffersRescinded(FrameworkId FrameworkId, ValueList<OfferId> OfferIds, string Reason, DateTimeOffset At) : IOfferFact
{
    IEnumerable<Subject> IFact.Subjects => [FrameworkId, .. OfferIds.Select(id => (Subject)id)];
}
