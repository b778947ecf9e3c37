using Bourse.Allocator.Host.Http.Mapping;
using Bourse.Contracts;
using Bourse.MesosV1.Master;
using V1 = Bourse.MesosV1;

namespace Bourse.Allocator.Host.Http.Operator;

/// <summary>GET_ROLES: the roles that frameworks subscribe to or hold tasks in, those with a reservation, a quota or a weight, and the default one.</summary>
internal static class GetRolesCall
{
    public static Response.Types.GetRoles Answer(ClusterView view) => new()
    {
        Roles =
        {
            RoleView.Of(view).Select(role => new V1.Role
            {
                Name = role.Name,
                Weight = role.Weight,
                Frameworks = { role.Frameworks.Select(id => new V1.FrameworkID { Value = id.Value }) },
                Resources = { ResourceWriting.Write(role.Allocated + role.Offered, ReservationFormat.Endpoint, allocationInfo: true) },
            }),
        },
    };
}

/// <summary>A role and what its frameworks hold.</summary>
internal sealed record RoleView(
    string Name, double Weight, RoleQuota Quota, ValueList<Quantity> Consumed, IReadOnlyList<FrameworkId> Frameworks,
    Resources Allocated, Resources Offered, Resources Reserved)
{
    /// <summary>All roles that are known, by name.</summary>
    public static IReadOnlyList<RoleView> Of(ClusterView view)
    {
        var used = view.Agents.SelectMany(agent => agent.Used.Entries).ToLookup(entry => entry.AllocationRole ?? "*");
        var offered = view.Agents.SelectMany(agent => agent.Offered.Entries).ToLookup(entry => entry.AllocationRole ?? "*");
        var reserved = view.Agents.SelectMany(agent => agent.Description.Total.Entries)
            .Where(entry => entry.ReservedFor is not null).ToLookup(entry => entry.ReservedFor!);
        var frameworks = view.Frameworks.SelectMany(framework => framework.Description.Roles.Select(role => (role, framework.Id)))
            .ToLookup(pair => pair.role, pair => pair.Id);
        var (weights, quotas) = (view.Weights.ToDictionary(each => each.Role, each => each.Weight), view.Quotas.ToDictionary(quota => quota.Role));
        var names = new SortedSet<string>(StringComparer.Ordinal) { "*" };
        names.UnionWith(used.Concat(offered).Concat(reserved).Select(group => group.Key));
        names.UnionWith(frameworks.Select(group => group.Key));
        names.UnionWith(weights.Keys);
        names.UnionWith(quotas.Keys);
        var use = RoleUse.Of(view.Agents.Where(agent => agent.Reachable).Select(agent => (agent.Description.Total, agent.Used, agent.Offered)));
        return [.. names.Select(name => new RoleView(
            name, weights.GetValueOrDefault(name, UpdatingWeights.Default), quotas.GetValueOrDefault(name) ?? new(name, [], []), use.Consumption(name),
            [.. frameworks[name]], Resources.Of(used[name]), Resources.Of(offered[name]), Resources.Of(reserved[name])))];
    }
}
