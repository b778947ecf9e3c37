using System.Globalization;
using Bourse.Allocator.Engine;
using Bourse.Contracts;

namespace Bourse.Allocator;

/// <summary>
/// The question that users of two-level schedulers ask most: why does this framework get no offers? Answered by the allocator's own
/// checks, agent by agent, on the state as it is.
/// </summary>
public static class ExplainingOffers
{
    private const int MostIds = 1000;

    /// <summary>Explains the offers of a framework; null when there is no such framework.</summary>
    public static OffersExplanation? Of(AllocatorState state, FrameworkId id, DateTimeOffset now)
    {
        if (!state.Frameworks.TryGetValue(id, out var framework) || framework.Removed)
            return null;
        var engine = Ledger.EngineOf(state);
        engine.StartExplaining(now.UtcTicks);
        var cluster = new Cluster(state, engine, framework, now);
        var roles = framework.Description.Roles.Select(cluster.Explain).ToValueList();
        return new(id, framework.Description.Name, framework.Description.Principal, framework.Connected, Summary(state, roles), roles, now);
    }

    private static string Summary(AllocatorState state, ValueList<RoleExplanation> roles) =>
        roles.Count == 0 ? "it is in no role, so nothing is offered to it"
        : state.Agents.Count == 0 ? "no agent has registered, so there is nothing to offer"
        : roles.Count == 1 ? roles[0].Summary
        : string.Join("; ", roles.Select(role => $"in {role.Role}: {role.Summary}"));

    private sealed class Cluster(AllocatorState state, AllocationEngine engine, Framework framework, DateTimeOffset now)
    {
        private readonly RoleUse use = RoleUse.Of(state);
        private readonly QuotaTree quotas = new(state.Quotas);
        private readonly TaskShares shares = new(state, engine);
        private readonly ILookup<AgentId, Offer> offers = state.Offers.Values.ToLookup(offer => offer.AgentId);
        private readonly IReadOnlyList<RoleSlot> order = engine.RolesInOrder();

        public RoleExplanation Explain(string role)
        {
            var client = engine.Client(framework.Id.Value, role);
            var reasons = new Reasons(state, engine, framework, client, use, quotas, shares, now);
            var groups = state.Agents.Values
                .Select(agent => (Agent: agent, Reason: reasons.Of(agent, offers[agent.Description.Id])))
                .GroupBy(each => each.Reason.Key)
                .Select(group => Group([.. group]))
                .OrderBy(group => Importance(group.Reason)).ThenByDescending(group => group.Count).ThenBy(group => group.Text, StringComparer.Ordinal).ToValueList();
            var (reason, summary) = Verdict(role, groups);
            var place = order.TakeWhile(each => each != client.Role).Count();
            var offered = Amounts.Sorted(Amounts.Of(state.OffersTo(framework.Id).Where(offer => offer.Role == role).Select(offer => offer.Resources)));
            return new(
                role, reason, summary,
                state.Weights.GetValueOrDefault(role, UpdatingWeights.Default), engine.ShareOf(role), shares.Of(role),
                place < order.Count ? place + 1 : null, order.Count, AllocationEngine.ShareOf(client),
                shares.UsedBy(role, framework.Id), offered,
                RoleUse.SelfAndAbove(role).Select(quotas.Of).OfType<RoleQuota>().Select(Quota).ToValueList(),
                groups);
        }

        private static AgentGroup Group(List<(Agent Agent, Reason Reason)> members)
        {
            var first = members.MinBy(member => member.Reason.Until ?? DateTimeOffset.MaxValue).Reason;
            return new(
                first.Key.Name, first.Text, first.Advice, members.Count,
                Amounts.Sorted(Amounts.Of(members.Select(member => member.Agent.Free))),
                members.Take(MostIds).Select(member => member.Agent.Description.Id).ToValueList(),
                first.Until);
        }

        private (string Reason, string Summary) Verdict(string role, ValueList<AgentGroup> groups)
        {
            if (!framework.Connected)
                return ("disconnected", $"its scheduler is not connected{(framework.RemoveAt is { } at ? $"; the framework is removed {Reasons.In(at, now)} unless it subscribes again" : "")}");
            if (framework.Suppressed.Contains(role))
                return ("suppressed", $"it asked for no offers (SUPPRESS){Open(groups)}");
            return groups.Count == 0 ? ("no-agents", "no agent has registered")
                : groups[0].Reason == "offered" ? ("offered", $"{Agents(groups[0].Count)} offered now")
                : groups[0].Reason == "next" ? ("next", $"{Agents(groups[0].Count)} will be offered in the next cycle")
                : groups.Count == 1 ? (groups[0].Reason, $"nothing to offer: {groups[0].Text}")
                : (groups[0].Reason, $"nothing to offer: {groups[0].Text} ({groups[0].Count} of {Agents(groups.Sum(group => group.Count))})");
        }

        private static string Open(ValueList<AgentGroup> groups) =>
            groups.FirstOrDefault(group => group.Reason == "suppressed") is { } open ? $"; {Agents(open.Count)} would be open to it" : "";

        // What is good news comes first, then what the allocator holds back, which is what people look for.
        private static int Importance(string reason) => reason switch
        {
            "offered" => 0,
            "next" or "suppressed" or "disconnected" => 1,
            "in-use" or "unreachable" or "gone" => 3,
            _ => 2,
        };

        private static string Agents(int count) => count == 1 ? "1 agent" : string.Create(CultureInfo.InvariantCulture, $"{count:#,0} agents");

        private QuotaExplanation Quota(RoleQuota quota)
        {
            var names = quota.Guarantee.Concat(quota.Limit).Select(each => each.Name).Distinct().ToList();
            ValueList<Quantity> Named(Func<string, string, Scalar> amount) =>
                names.Select(name => new Quantity(name, amount(quota.Role, name))).ToValueList();
            return new(quota.Role, quota.Guarantee, quota.Limit, Named(use.Consumed), Named(use.Offered));
        }
    }
}
