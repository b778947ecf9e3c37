using Bourse.Agent.Host.Processes;
using Bourse.Agent.Host.Settings;

namespace Bourse.Agent.Host.Containers;

/// <summary>Paths of the machine that tasks may see.</summary>
internal static class HostPaths
{
    /// <summary>What a path leads to.</summary>
    /// <exception cref="CannotStartException">It is not there, or may not be mounted.</exception>
    public static string Allowed(string path, ContainerSettings settings)
    {
        // What is mounted is what the path leads to, so that is what must be allowed.
        var real = Directory.Exists(path) ? new DirectoryInfo(path).ResolveLinkTarget(true)?.FullName ?? path
            : File.Exists(path) ? new FileInfo(path).ResolveLinkTarget(true)?.FullName ?? path
            : throw new CannotStartException($"Host path '{path}' is not on this agent");
        return ContainerSettings.Allows(settings.HostPaths, path) && ContainerSettings.Allows(settings.HostPaths, real)
            ? real
            : throw new CannotStartException($"Host path '{path}' may not be mounted on this agent (Bourse__Agent__Containers__HostPaths)");
    }
}
