using Bourse.Agent.Host.Processes;
using Bourse.Contracts;

namespace Bourse.Agent.Host.Containers;

/// <summary>Ports of the machine that lead to a container.</summary>
internal static class MappedPorts
{
    /// <summary>A task may only open ports that it holds.</summary>
    /// <exception cref="CannotStartException">It names another.</exception>
    public static void Check(TaskContainer wish, Resources held)
    {
        foreach (var port in wish.Networks.SelectMany(network => network.Ports))
        {
            if (!held.Entries.Any(entry => entry.Name == "ports" && entry.Ranges.Any(range => range.Begin <= (ulong)port.HostPort && (ulong)port.HostPort <= range.End)))
                throw new CannotStartException($"Host port {port.HostPort} is not among the ports that the task holds");
        }
    }
}
