using System.Globalization;
using Bourse.Allocator.Engine;
using Bourse.Contracts;

namespace Bourse.Allocator;

/// <summary>A reason in words; agents with the same key are told together.</summary>
internal readonly record struct Reason((string Name, string? Detail) Key, string Text, string? Advice = null, DateTimeOffset? Until = null);

/// <summary>Puts into words what the engine finds about agents for one framework in one role.</summary>
internal sealed class Reasons(
    AllocatorState state, AllocationEngine engine, Framework framework, ClientSlot client, RoleUse use, QuotaTree quotas, TaskShares shares, DateTimeOffset now)
{
    private readonly string role = client.Role.Path;

    public Reason Of(Agent agent, IEnumerable<Offer> offers)
    {
        var outstanding = offers.ToList();
        if (outstanding.Find(offer => offer.FrameworkId == framework.Id && offer.Role == role) is { } mine)
            return new(("offered", null), $"offered, unanswered for {Span(now - mine.At)}");

        var slot = engine.Agent(agent.Description.Id.Value)!;
        var verdict = engine.Explain(slot, client);
        return verdict.Why switch
        {
            Why.Absent => Away(agent),
            Why.Deactivated => Withheld(agent),
            Why.NotWhitelisted => new(("not-whitelisted", null), "the agent's host is not on the whitelist", "it is offered once its hostname is in the file"),
            Why.OldAgent => new(("capability", "agent"), "the agent does not know nested or multiple roles"),
            Why.Constraint => new(("constraint", null), "the framework's own offer constraints exclude it", "the framework may change them by UPDATE_FRAMEWORK"),
            Why.Gpus => new(("gpu", null), "the agent has GPUs, which are kept for frameworks that use them", "the framework needs the capability GPU_RESOURCES"),
            Why.Region => new(("region", null), "the agent is in another region", "the framework needs the capability REGION_AWARE"),
            Why.NothingFree => Held(agent, outstanding),
            Why.BelowMinimum when agent.Used.IsEmpty && outstanding.Count == 0 =>
                new(("below-minimum", null), $"what the agent has is below the least that is offered ({Minimum()})"),
            Why.BelowMinimum => Held(agent, outstanding),
            Why.Reserved => new(("reserved", verdict.Role!.Path), $"what is free is reserved for role {verdict.Role.Path}"),
            Why.Capability => Capability(agent),
            Why.Limit => Limit(verdict.Role!.Path, engine.Names[verdict.Name]),
            Why.Headroom => Headroom(engine.Names[verdict.Name]),
            Why.Filtered => Without(verdict, Declined(new DateTimeOffset(verdict.Until, TimeSpan.Zero))),
            _ => Without(verdict, Eligible(slot)),
        };
    }

    /// <summary>How far ahead an instant is, for people.</summary>
    public static string In(DateTimeOffset at, DateTimeOffset now) => $"in {Span(at - now)}";

    private static Reason Away(Agent agent) => agent switch
    {
        { Standing.Gone: true } => new(("gone", null), "an operator declared the agent gone for ever"),
        { Removed: true } => new(("maintenance", null), "its machine is down for maintenance", "the agent may register again once the machine's maintenance is stopped"),
        _ => new(("unreachable", null), "the agent is unreachable"),
    };

    private static Reason Withheld(Agent agent) => agent.Standing.Drain switch
    {
        { Drained: true } => new(("drained", null), "the agent is drained: nothing runs on it any more", "it is offered again once it is reactivated"),
        not null => new(("draining", null), "the agent is draining: its tasks are being ended", "it is offered again once it is reactivated"),
        _ => new(("deactivated", null), "an operator deactivated the agent; its tasks run on", "it is offered again once it is reactivated"),
    };

    // When a quota keeps a resource out of the offer altogether, that is the news, and what becomes of the rest comes second.
    private Reason Without(Verdict verdict, Reason rest)
    {
        if (verdict.Name < 0 || rest.Key.Name is not ("declined" or "next"))
            return rest;
        var name = engine.Names[verdict.Name];
        var quota = verdict.Role is { } limited ? Limit(limited.Path, name) : Headroom(name);
        return quota with
        {
            Key = (quota.Key.Name, $"{quota.Key.Detail} {rest.Key.Name}"),
            Text = rest.Key.Name == "declined"
                ? $"{quota.Text}; the rest, without {name}, it declined for {Span(rest.Until!.Value - now)} more"
                : $"{quota.Text}; the coming cycle offers the rest, without {name}",
            Until = rest.Until,
        };
    }

    private Reason Eligible(AgentSlot slot)
    {
        if (!framework.Connected)
            return new(("disconnected", null), "open to it once its scheduler is connected", "its scheduler must SUBSCRIBE again");
        if (framework.Suppressed.Contains(role))
            return new(("suppressed", null), "open to it, but it asked for no offers in this role", "the framework must REVIVE the role");
        if (state.Recovery is { } recovery)
            return new(("held-off", null),
                $"the leader has changed, and offers wait until {recovery.Needed} of {recovery.Known} agents are heard from ({recovery.Back.Count} so far) or {Span(recovery.Until - now)} have passed");
        var first = engine.FirstInLine(slot);
        return first is null || first == client
            ? new(("next", null), "it is next: the coming cycle offers it")
            : new(("another-due-first", $"{first.Framework.Id}@{first.Role.Path}"), $"{Name(first.Framework.Id)} is due first: {DueFirst(first.Role, first.Framework.Id, tasksOnly: false)}");
    }

    // Nothing, or too little, is free: somebody has it in an offer, or tasks run.
    private Reason Held(Agent agent, List<Offer> offers)
    {
        if (offers.Find(offer => engine.Client(offer.FrameworkId.Value, offer.Role) != client) is { } other)
        {
            var to = other.FrameworkId == framework.Id ? "this framework" : Name(other.FrameworkId.Value);
            return new(("offered-to-another", $"{other.FrameworkId}@{other.Role}"),
                $"offered to {to} in role {other.Role}, which was due first: {DueFirst(engine.Role(other.Role), other.FrameworkId.Value, tasksOnly: true)}",
                "it comes back when that framework declines, or what it leaves when it accepts", null);
        }
        var holders = agent.Used.Entries.Select(entry => entry.AllocationRole ?? "*").Distinct().Order(StringComparer.Ordinal).ToList();
        return new(("in-use", string.Join(',', holders)), $"in use by tasks of {(holders.Count == 1 ? "role" : "roles")} {string.Join(", ", holders.Take(3))}{(holders.Count > 3 ? $" and {holders.Count - 3} more" : "")}",
            "agents with more room, or the end of tasks, would help");
    }

    private Reason Limit(string at, string name)
    {
        var limit = QuotaRules.Of(quotas.Of(at)!.Limit, name) ?? Scalar.Zero;
        var offered = use.Offered(at, name);
        return new(("quota-limit", $"{at} {name}"),
            $"the quota limit of role {at} is reached: {name} {use.Held(at, name)} of {limit}{(offered > Scalar.Zero ? $" ({offered} of it in offers)" : "")}",
            $"bourse quota set {at} --limit {name}:MORE");
    }

    private Reason Headroom(string name)
    {
        var waiting = quotas.Quotas.Select(quota => (Quota: quota, Unmet: quotas.Unmet(quota, name, use))).Where(each => each.Unmet > Scalar.Zero)
            .OrderByDescending(each => each.Unmet).ToList();
        var whom = string.Join(", ", waiting.Take(3).Select(each => $"role {each.Quota.Role} ({each.Unmet} of its {QuotaRules.Of(each.Quota.Guarantee, name)} not taken yet)"));
        return new(("headroom", name), $"{name} is held for the guarantee of {whom}{(waiting.Count > 3 ? $" and {waiting.Count - 3} more" : "")}",
            $"it is let go when they take it, or by bourse quota set {waiting.Select(each => each.Quota.Role).FirstOrDefault()} --guarantee {name}:LESS");
    }

    private Reason Declined(DateTimeOffset until) =>
        new(("declined", null), $"the framework declined it; the filter ends {In(until, now)}", "the framework may REVIVE to end it at once", until);

    private Reason Capability(Agent agent)
    {
        var missing = agent.Free.Entries.SelectMany(entry => (IEnumerable<string>)[
                .. entry.Revocable ? ["REVOCABLE_RESOURCES"] : Array.Empty<string>(), .. entry.Shared ? ["SHARED_RESOURCES"] : Array.Empty<string>(),
                .. entry.Reservations.Count > 1 ? ["RESERVATION_REFINEMENT"] : Array.Empty<string>()])
            .Where(capability => !framework.Can(capability)).Distinct().Order(StringComparer.Ordinal).ToList();
        return new(("capability", string.Join(',', missing)), $"what is free needs the capability {string.Join(" or ", missing)}", "the framework must announce it");
    }

    // Shares as they were before offers: what is offered to somebody already counts in its share.
    private string DueFirst(RoleSlot theirs, string whose, bool tasksOnly)
    {
        if (theirs == client.Role)
        {
            var (other, own) = tasksOnly
                ? (shares.Of(role, new(whose)), shares.Of(role, framework.Id))
                : (AllocationEngine.ShareOf(engine.Client(whose, role)) ?? 0, AllocationEngine.ShareOf(client) ?? 0);
            return $"in the role its share is {Share(other)} against {Share(own)}{Tie(other, own)}";
        }
        if (engine.Compare(theirs, client.Role) is not { } pair)
            return "its role has been offered less";
        var (a, b) = tasksOnly ? (shares.Of(pair.A.Path), shares.Of(pair.B.Path)) : (pair.A.Share, pair.B.Share);
        return $"share {Share(a)} of role {Clean(pair.A.Path)} against {Share(b)} of {Clean(pair.B.Path)}{Tie(a, b)}";
    }

    private static string Tie(double other, double own) =>
        other < own ? "" : other > own ? " since then" : "; of equal shares the one with fewer offers so far comes first";

    private static string Clean(string path) => path.EndsWith("/.", StringComparison.Ordinal) ? path[..^2] : path;

    private string Name(string id) => state.Frameworks.TryGetValue(new(id), out var other) ? $"{other.Description.Name} ({id})" : id;

    private string Minimum() => client.Minimum is not null
        ? "as the framework asks for this role"
        : string.Join(" or ", engine.Options.MinAllocatable.Select(all => string.Join(" and ", all.Select(each => $"{each.Name} {new Scalar(each.Thousandths)}"))));

    private static string Share(double share) => share.ToString("0.00#", CultureInfo.InvariantCulture);

    private static string Span(TimeSpan span) => span switch
    {
        { TotalSeconds: < 100 } => $"{Math.Max(0, Math.Ceiling(span.TotalSeconds)).ToString("0", CultureInfo.InvariantCulture)} s",
        { TotalMinutes: < 100 } => $"{span.TotalMinutes.ToString("0", CultureInfo.InvariantCulture)} min",
        { TotalHours: < 48 } => $"{span.TotalHours.ToString("0", CultureInfo.InvariantCulture)} h",
        _ => $"{span.TotalDays.ToString("0", CultureInfo.InvariantCulture)} days",
    };
}
