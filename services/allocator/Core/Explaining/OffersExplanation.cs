using Bourse.Contracts;

namespace Bourse.Allocator;

/// <summary>Why a framework gets the offers it gets, and no others.</summary>
/// <param name="FrameworkId">The framework.</param>
/// <param name="Name">Its name.</param>
/// <param name="Principal">Its principal.</param>
/// <param name="Connected">Whether its stream is open.</param>
/// <param name="Summary">The answer in one sentence.</param>
/// <param name="Roles">Per role.</param>
/// <param name="At">UTC instant for which it holds.</param>
public sealed record OffersExplanation(
    FrameworkId FrameworkId, string Name, string Principal, bool Connected, string Summary, ValueList<RoleExplanation> Roles, DateTimeOffset At);

/// <summary>A framework in one of its roles.</summary>
/// <param name="Role">The role.</param>
/// <param name="Reason">The reason that counts: that of the first group, or what stops the whole role.</param>
/// <param name="Summary">The answer in one sentence.</param>
/// <param name="Weight">The role's weight.</param>
/// <param name="Share">Its weighted dominant share, offers included, of everything below the role too; a run goes by it.</param>
/// <param name="TaskShare">The same, of tasks alone.</param>
/// <param name="Place">Its place among the roles that want offers, from 1; absent when none of its frameworks wants any.</param>
/// <param name="Roles">How many roles want offers.</param>
/// <param name="FrameworkShare">The framework's share among those of the role.</param>
/// <param name="Used">What its tasks hold.</param>
/// <param name="Offered">What is offered to it.</param>
/// <param name="Quotas">The quotas that bind it: its own and those of roles above.</param>
/// <param name="Agents">Every agent, by reason; most agents first.</param>
public sealed record RoleExplanation(
    string Role, string Reason, string Summary, double Weight, double? Share, double? TaskShare, int? Place, int Roles, double? FrameworkShare,
    ValueList<Quantity> Used, ValueList<Quantity> Offered, ValueList<QuotaExplanation> Quotas, ValueList<AgentGroup> Agents);

/// <summary>A quota with what is used of it.</summary>
/// <param name="Role">Whose it is.</param>
/// <param name="Guarantee">What is kept for it.</param>
/// <param name="Limit">What it may have at most.</param>
/// <param name="Consumed">Reservations and tasks.</param>
/// <param name="Offered">Outstanding offers, which count too until they end.</param>
public sealed record QuotaExplanation(
    string Role, ValueList<Quantity> Guarantee, ValueList<Quantity> Limit, ValueList<Quantity> Consumed, ValueList<Quantity> Offered);

/// <summary>Agents that are offered, or are not, for one reason.</summary>
/// <param name="Reason">
/// One of <c>offered</c>, <c>next</c>, <c>another-due-first</c>, <c>offered-to-another</c>, <c>in-use</c>, <c>declined</c>,
/// <c>suppressed</c>, <c>disconnected</c>, <c>quota-limit</c>, <c>headroom</c>, <c>reserved</c>, <c>below-minimum</c>,
/// <c>constraint</c>, <c>gpu</c>, <c>region</c>, <c>capability</c>, <c>deactivated</c>, <c>draining</c>, <c>drained</c>, <c>maintenance</c>,
/// <c>gone</c>, <c>unreachable</c>, <c>held-off</c>, <c>not-whitelisted</c>.
/// </param>
/// <param name="Text">The reason in words.</param>
/// <param name="Advice">What would change it, when something would.</param>
/// <param name="Count">How many agents.</param>
/// <param name="Free">What is free on them together.</param>
/// <param name="Agents">Their ids; the first thousand.</param>
/// <param name="Until">When it ends by itself.</param>
public sealed record AgentGroup(
    string Reason, string Text, string? Advice, int Count, ValueList<Quantity> Free, ValueList<AgentId> Agents, DateTimeOffset? Until);
