using Bourse.Contracts;

namespace Bourse.Allocator.Engine;

internal sealed partial class AllocationEngine
{
    /// <summary>Adds a framework or changes it. What it already holds enters the shares now.</summary>
    public FrameworkSlot SetFramework(string id, IEnumerable<string> inRoles, IEnumerable<string> capabilities, bool active, IEnumerable<string> suppressed)
    {
        var framework = FrameworkSlotOf(id);
        if (!framework.Known)
        {
            framework.Known = true;
            framework.Active = active;
            foreach (var client in framework.Clients.ToArray())
            {
                SetListed(client);
                SetCharged(client, charged: true);
            }
        }
        SetCapabilities(framework, capabilities);
        SetRoles(framework, inRoles, suppressed);
        SetActive(framework, active);
        return framework;
    }

    public void SetCapabilities(FrameworkSlot framework, IEnumerable<string> capabilities)
    {
        var able = capabilities.ToHashSet(StringComparer.Ordinal);
        framework.Gpus = able.Contains("GPU_RESOURCES");
        framework.Revocable = able.Contains("REVOCABLE_RESOURCES");
        framework.Shared = able.Contains("SHARED_RESOURCES");
        framework.Refined = able.Contains("RESERVATION_REFINEMENT");
        framework.RegionAware = able.Contains("REGION_AWARE");
        Anew();
    }

    /// <summary>The framework's roles from now on, and which of them want no offers; null leaves that as it is.</summary>
    public void SetRoles(FrameworkSlot framework, IEnumerable<string> inRoles, IEnumerable<string>? suppressed)
    {
        var wanted = inRoles.ToHashSet(StringComparer.Ordinal);
        foreach (var client in framework.Clients.ToArray())
            if (client.Subscribed && !wanted.Contains(client.Role.Path))
            {
                client.Subscribed = false;
                client.Suppressed = false;
                client.FilterGeneration++;
                SetListed(client);
            }
        foreach (var role in wanted.Order(StringComparer.Ordinal))
        {
            var client = Client(framework, role);
            client.Subscribed = true;
            if (suppressed is not null)
                client.Suppressed = suppressed.Contains(role);
            SetListed(client);
        }
        Anew();
    }

    /// <summary>An inactive framework keeps what it holds, is offered nothing, and has no filters when it comes back.</summary>
    public void SetActive(FrameworkSlot framework, bool active)
    {
        if (framework.Active && !active)
            foreach (var client in framework.Clients)
                client.FilterGeneration++;
        framework.Active = active;
        if (!active)
            framework.InverseOffers.Clear();
        foreach (var client in framework.Clients.ToArray())
            SetListed(client);
        if (active)
            Anew();
    }

    /// <summary>Forgets a framework; what it still holds is held by somebody unknown until it is given back.</summary>
    public void RemoveFramework(FrameworkSlot framework)
    {
        foreach (var client in framework.Clients)
            SetCharged(client, charged: false);
        if (framework.Clients.Count == 0)
            frameworks.Remove(framework.Id);
        framework.Known = framework.Active = false;
        framework.InverseOffers.Clear();
        foreach (var client in framework.Clients.ToArray())
        {
            client.Subscribed = client.Suppressed = false;
            client.FilterGeneration++;
            SetListed(client);
        }
        Eased();
    }

    public void Suppress(FrameworkSlot framework, IEnumerable<string>? inRoles) => Want(framework, inRoles, suppressed: true);

    /// <summary>Wants offers again; filters of the roles are gone.</summary>
    public void Revive(FrameworkSlot framework, IEnumerable<string>? inRoles) => Want(framework, inRoles, suppressed: false);

    /// <summary>Its own minimum per role; a role that is not named has the general one.</summary>
    public void SetMinimums(FrameworkSlot framework, IReadOnlyDictionary<string, Minimum> minimums)
    {
        foreach (var client in framework.Clients)
            client.Minimum = minimums.GetValueOrDefault(client.Role.Path);
        ownMinimums |= minimums.Count > 0;
        Anew();
    }

    public void SetConstraints(FrameworkSlot framework, IReadOnlyDictionary<string, OfferConstraints> constraints)
    {
        foreach (var client in framework.Clients)
            client.Constraints = constraints.GetValueOrDefault(client.Role.Path);
        Anew();
    }

    /// <summary>A framework in a role, known or not.</summary>
    public ClientSlot Client(string framework, string role) => Client(FrameworkSlotOf(framework), role);

    /// <summary>Sets how often a client and its role were allocated to, as remembered from before.</summary>
    public static void RestoreCounts(ClientSlot client, long made, Func<string, long> madeInRole)
    {
        client.Node!.Count = made;
        for (var node = client.Role.Node; node?.Parent is not null; node = node.Parent)
            node.Count = madeInRole(node.Path);
    }

    private FrameworkSlot FrameworkSlotOf(string id)
    {
        if (!frameworks.TryGetValue(id, out var framework))
            frameworks[id] = framework = new FrameworkSlot(id);
        return framework;
    }

    private ClientSlot Client(FrameworkSlot framework, string role)
    {
        if (framework.In(role) is not { } client)
            framework.Clients.Add(client = new ClientSlot(clientCount++, framework, Role(role)));
        return client;
    }

    private void Want(FrameworkSlot framework, IEnumerable<string>? inRoles, bool suppressed)
    {
        var named = inRoles?.ToHashSet(StringComparer.Ordinal);
        foreach (var client in framework.Clients)
            if (client.Subscribed && (named is null || named.Contains(client.Role.Path)))
            {
                client.Suppressed = suppressed;
                if (!suppressed)
                    client.FilterGeneration++;
                SetListed(client);
            }
        if (!suppressed)
            Anew();
    }

    // Tracked while it is subscribed or holds anything; listed while it is tracked, active and wants offers.
    private void SetListed(ClientSlot client)
    {
        var role = client.Role;
        var tracked = client.Framework.Known && (client.Subscribed || client.Agents > 0);
        if (tracked && client.Node is null)
        {
            client.Node = role.Frameworks.Add(client.Framework.Id);
            client.Node.Tag = client;
            if (role.Node is null)
            {
                role.Node = roleSorter.Add(role.Path);
                role.Node.Tag = role;
            }
        }
        if (client.Node is { } node)
        {
            if (client is { Subscribed: true, Suppressed: false, Framework.Active: true })
                role.Frameworks.Activate(node);
            else
                role.Frameworks.Deactivate(node);
        }
        if (!tracked && client.Node is not null)
        {
            role.Frameworks.Remove(client.Framework.Id);
            client.Node = null;
        }
        if (role.Node is not null)
        {
            // A role whose frameworks want nothing is passed over: nothing would come of looking at it.
            if (role.Frameworks.ActiveCount > 0)
                roleSorter.Activate(role.Node);
            else
                roleSorter.Deactivate(role.Node);
            if (role.Frameworks.Count == 0)
            {
                roleSorter.Remove(role.Path);
                role.Node = null;
            }
        }
        if (!client.Subscribed && client.Agents == 0)
        {
            client.Framework.Clients.Remove(client);
            if (client.Framework is { Known: false, Clients.Count: 0 })
                frameworks.Remove(client.Framework.Id);
        }
    }
}
