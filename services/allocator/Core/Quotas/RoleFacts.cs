using System.Diagnostics;
using Bourse.Contracts;

namespace Bourse.Allocator;

/// <summary>What facts about roles change.</summary>
internal static class RoleFacts
{
    public static void Evolve(AllocatorState state, IRoleFact fact)
    {
        switch (fact)
        {
            case QuotasUpdated f:
                foreach (var quota in f.Quotas)
                    Set(state.Quotas, quota);
                break;
            case WeightsUpdated f:
                foreach (var (role, weight) in f.Weights)
                    state.Weights[role] = weight;
                break;
            default:
                throw new UnreachableException($"no evolution for {fact}");
        }
    }

    public static void Set(SortedDictionary<string, RoleQuota> quotas, RoleQuota quota)
    {
        if (quota.IsDefault)
            quotas.Remove(quota.Role);
        else
            quotas[quota.Role] = quota;
    }
}
