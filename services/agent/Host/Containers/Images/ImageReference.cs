using Bourse.Agent.Host.Processes;
using Bourse.Agent.Host.Settings;

namespace Bourse.Agent.Host.Containers.Images;

/// <summary>An image's name in the words of the tool that fetches it.</summary>
/// <param name="Source">Transport and name.</param>
/// <param name="Registry">The registry's host and port; null for a local one.</param>
/// <param name="Plain">Whether the registry is spoken to without TLS.</param>
internal sealed record ImageReference(string Source, string? Registry, bool Plain)
{
    private const string Hub = "docker.io";
    private static readonly string[] Local = ["oci", "oci-archive", "docker-archive", "dir"];
    private static readonly string[] ThisMachine = ["localhost", "127.0.0.1", "[::1]"];

    /// <summary>Reads an image's name.</summary>
    /// <exception cref="CannotStartException">The agent may not read the path that it names.</exception>
    public static ImageReference Of(string name, ContainerSettings settings)
    {
        if (name.Split(':', 2) is [var transport, var rest] && Local.Contains(transport))
        {
            var path = Path.GetFullPath(rest.Split(':')[0]);
            if (!ContainerSettings.Allows(settings.LocalImages, path))
                throw new CannotStartException($"Image '{name}': this agent uses no images of '{path}' (Bourse__Agent__Containers__LocalImages)");
            return new(name, null, false);
        }
        // As everybody does: what comes before the first slash is a registry when it looks like a host.
        var parts = name.Split('/', 2);
        var registry = parts.Length == 2 && (parts[0] == "localhost" || parts[0].AsSpan().ContainsAny('.', ':')) ? parts[0] : Hub;
        var plain = settings.InsecureRegistries.Contains(registry) || ThisMachine.Contains(HostOf(registry));
        return new($"docker://{name}", registry, plain);
    }

    /// <summary>A name with all that may be left out: registry, namespace and tag.</summary>
    public static string Full(string name)
    {
        if (name.Split(':', 2) is [var transport, _] && Local.Contains(transport))
            return name;
        var parts = name.Split('/', 2);
        var full = parts.Length == 2 && (parts[0] == "localhost" || parts[0].AsSpan().ContainsAny('.', ':')) ? name
            : parts.Length == 2 ? $"{Hub}/{name}"
            : $"{Hub}/library/{name}";
        return full.AsSpan(full.LastIndexOf('/')).ContainsAny(':', '@') ? full : $"{full}:latest";
    }

    private static string HostOf(string registry) => registry.LastIndexOf(':') is var colon and > 0 && !registry.EndsWith(']') ? registry[..colon] : registry;
}
