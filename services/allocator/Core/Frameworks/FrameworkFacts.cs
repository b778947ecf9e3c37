using System.Diagnostics;
using Bourse.Contracts;

namespace Bourse.Allocator;

/// <summary>What facts about frameworks change.</summary>
internal static class FrameworkFacts
{
    public static void Evolve(AllocatorState state, IFrameworkFact fact)
    {
        if (fact is FrameworkSubscribed subscribed)
        {
            Subscribe(state, subscribed);
            return;
        }

        var framework = state.Frameworks[fact.FrameworkId];
        switch (fact)
        {
            case FrameworkUpdated f:
                framework.Description = f.Description;
                framework.Suppressed.IntersectWith(f.Description.Roles);
                Forget(framework, filter => !f.Description.Roles.Contains(filter.Role));
                break;
            case FrameworkDisconnected f:
                framework.Connected = false;
                framework.RemoveAt = f.RemoveAt;
                break;
            case FrameworkSuppressed f:
                framework.Suppressed.UnionWith(f.Roles);
                break;
            case FrameworkRevived f:
                framework.Suppressed.ExceptWith(f.Roles);
                Forget(framework, filter => f.Roles.Contains(filter.Role));
                break;
            case FrameworkRemoved f:
                framework.Removed = true;
                framework.RemovedAt = f.At;
                framework.Connected = false;
                framework.RemoveAt = null;
                framework.Filters.Clear();
                CompleteWhenEmpty(state, framework);
                break;
            default:
                throw new UnreachableException($"no evolution for {fact}");
        }
    }

    /// <summary>A removed framework is kept among the living until its last task has ended.</summary>
    public static void CompleteWhenEmpty(AllocatorState state, Framework framework)
    {
        if (!framework.Removed || framework.Tasks.Count > 0)
            return;
        state.Frameworks.Remove(framework.Id);
        state.CompletedFrameworks.Add(framework);
        if (state.CompletedFrameworks.Count > AllocatorState.MaxCompletedFrameworks)
            state.CompletedFrameworks.RemoveAt(0);
    }

    private static void Forget(Framework framework, Predicate<OfferFilter> which)
    {
        foreach (var (agent, filters) in framework.Filters.ToList())
            if (filters.RemoveAll(which) > 0 && filters.Count == 0)
                framework.Filters.Remove(agent);
    }

    private static void Subscribe(AllocatorState state, FrameworkSubscribed f)
    {
        if (state.Frameworks.TryGetValue(f.FrameworkId, out var framework))
        {
            framework.Description = f.Description;
            framework.ReregisteredAt = f.At;
        }
        else
        {
            framework = new Framework { Id = f.FrameworkId, Description = f.Description, RegisteredAt = f.At };
            state.Frameworks.Add(f.FrameworkId, framework);
        }
        framework.Session = f.Session;
        framework.Connected = true;
        framework.RemoveAt = null;
        framework.Suppressed.Clear();
        framework.Suppressed.UnionWith(f.SuppressedRoles);
        // A scheduler that starts anew does not know what its predecessor declined.
        framework.Filters.Clear();
    }
}
