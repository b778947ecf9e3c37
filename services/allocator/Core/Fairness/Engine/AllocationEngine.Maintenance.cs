namespace Bourse.Allocator.Engine;

internal sealed partial class AllocationEngine
{
    /// <summary>Who is asked now to leave which agent: whoever holds something on one that will be unavailable, once.</summary>
    public IEnumerable<(FrameworkSlot Framework, AgentSlot Agent)> InverseOffers(IReadOnlyCollection<AgentSlot>? only = null)
    {
        foreach (var agent in maintained.Where(agent => only?.Contains(agent) ?? true).OrderBy(agent => agent.Id, StringComparer.Ordinal))
            for (var i = 0; i < agent.HoldingCount; i++)
                if (agent.Holdings[i].Client.Framework is { Known: true, Active: true } framework && framework.InverseOffers.Add(agent))
                    yield return (framework, agent);
    }

    /// <summary>Gives everything back that the last run made, as if it had not been: for who only wants to know.</summary>
    public void TakeBack()
    {
        for (var i = made.Count - 1; i >= 0; i--)
        {
            var (client, agent, bag) = (made[i].Client, made[i].Agent, made[i].Bag);
            Release(agent, client, bag);
            for (var node = client.Node; node is not null; node = node.Parent)
                node.Count -= made[i].Times;
            for (var node = client.Role.Node; node is not null; node = node.Parent)
                node.Count -= made[i].Times;
        }
    }

    /// <summary>An allocation was made that this engine did not decide just now.</summary>
    public void TakeCounted(AgentSlot agent, ClientSlot client, Bag bag)
    {
        Take(agent, client, bag);
        if (client.Node is not { } node)
            return;
        DrfSorter.CountAllocation(node);
        DrfSorter.CountAllocation(client.Role.Node!);
    }
}
