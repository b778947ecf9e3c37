using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Bourse.Agent.Host.Processes;
using Bourse.Agent.Host.Settings;

namespace Bourse.Agent.Host.Containers.Images;

/// <summary>
/// The images on this machine. Fetched by skopeo into OCI layouts that share their blobs, so that a layer is fetched once however
/// many images have it; unpacked by umoci, once per content.
/// </summary>
internal sealed class ImageStore : IDisposable
{
    private const string Tag = "image";
    private const int ManyAtOnce = 16;

    private readonly string root;
    private readonly ContainerSettings settings;
    private readonly TimeProvider clock;
    private readonly string? skopeo = Programs.Find("skopeo");
    private readonly string? umoci = Programs.Find("umoci");
    private readonly ConcurrentDictionary<string, SemaphoreSlim> fetching = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim users = new(ManyAtOnce, ManyAtOnce);
    private readonly SemaphoreSlim collecting = new(1, 1);

    public ImageStore(string root, ContainerSettings settings, TimeProvider clock)
    {
        (this.root, this.settings, this.clock) = (root, settings, clock);
        if (Missing is not null)
            return;
        foreach (var directory in (string[])[Blobs, Layouts, Roots])
            Directory.CreateDirectory(directory);
        // What was being unpacked when the agent was killed.
        foreach (var unfinished in Directory.EnumerateDirectories(Roots, "*.new*"))
            Directory.Delete(unfinished, recursive: true);
    }

    /// <summary>Why there can be no images here; null when there can.</summary>
    public string? Missing => skopeo is null ? "skopeo is not on the machine" : umoci is null ? "umoci is not on the machine" : null;

    private string Blobs => Path.Combine(root, "blobs");

    private string Layouts => Path.Combine(root, "layouts");

    private string Roots => Path.Combine(root, "roots");

    /// <summary>Gets an image onto the machine and unpacks it.</summary>
    /// <param name="name">As the task names it.</param>
    /// <param name="refresh">Whether its registry is asked for a newer one.</param>
    /// <param name="credentials">A file with credentials; null for none.</param>
    /// <param name="cancelled">It is not wanted any more.</param>
    /// <exception cref="CannotStartException">It cannot be had.</exception>
    public async Task<Image> Get(string name, bool refresh, string? credentials, CancellationToken cancelled)
    {
        if (Missing is { } missing)
            throw new CannotStartException($"This agent cannot use images: {missing}");
        var reference = ImageReference.Of(name, settings);
        // Whoever has other credentials must show that they are enough.
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
            credentials is null ? name : $"{name}\n{Convert.ToHexString(SHA256.HashData(await File.ReadAllBytesAsync(credentials, cancelled)))}")))[..32];
        await users.WaitAsync(cancelled);
        var one = fetching.GetOrAdd(key, _ => new(1, 1));
        try
        {
            await one.WaitAsync(cancelled);
            try
            {
                var layout = Path.Combine(Layouts, key);
                if (refresh || !File.Exists(Path.Combine(layout, "name")))
                    await Fetch(name, reference, layout, credentials, cancelled);
                File.SetLastWriteTimeUtc(Path.Combine(layout, "name"), clock.GetUtcNow().UtcDateTime);
                var configuration = await File.ReadAllTextAsync(Path.Combine(layout, "configuration"), cancelled);
                return Image.Of(key, await Unpack(name, layout, cancelled), configuration);
            }
            finally
            {
                one.Release();
            }
        }
        finally
        {
            users.Release();
        }
    }

    /// <summary>Deletes images that are too old or take too much, oldest use first; never one that is in use.</summary>
    /// <param name="inUse">Roots that containers are on.</param>
    /// <param name="everything">Whether all unused ones go, whatever their age.</param>
    /// <param name="except">Names, in any of their forms, of those that stay whatever else is said.</param>
    /// <param name="stopping">The agent stops.</param>
    /// <returns>The names of those deleted.</returns>
    public async Task<IReadOnlyList<string>> Collect(IReadOnlySet<string> inUse, bool everything, IReadOnlyList<string> except, CancellationToken stopping)
    {
        if (Missing is not null)
            return [];
        await collecting.WaitAsync(stopping);
        // Nobody may be about to use what is deleted.
        for (var n = 0; n < ManyAtOnce; n++)
            await users.WaitAsync(stopping);
        try
        {
            var gone = new List<string>();
            var staying = except.Select(ImageReference.Full).ToHashSet(StringComparer.Ordinal);
            var kept = Directory.EnumerateDirectories(Layouts).Where(layout => File.Exists(Path.Combine(layout, "name")))
                .OrderBy(layout => File.GetLastWriteTimeUtc(Path.Combine(layout, "name"))).ToList();
            foreach (var layout in kept.ToList())
            {
                var unused = clock.GetUtcNow() - File.GetLastWriteTimeUtc(Path.Combine(layout, "name"));
                var name = await File.ReadAllTextAsync(Path.Combine(layout, "name"), stopping);
                if (inUse.Contains(RootOf(layout)) || staying.Contains(ImageReference.Full(name)) || !(everything || unused > settings.ImageAge || DiskUse.Of(root) > settings.ImagesMb << 20))
                    continue;
                gone.Add(name);
                Directory.Delete(layout, recursive: true);
                kept.Remove(layout);
                Sweep(kept, inUse);
            }
            if (gone.Count == 0)
                Sweep(kept, inUse);
            return gone;
        }
        finally
        {
            users.Release(ManyAtOnce);
            collecting.Release();
        }
    }

    public void Dispose()
    {
        users.Dispose();
        collecting.Dispose();
    }

    private async Task Fetch(string name, ImageReference reference, string layout, string? credentials, CancellationToken cancelled)
    {
        var fresh = $"{layout}.new";
        if (Directory.Exists(fresh))
            Directory.Delete(fresh, recursive: true);
        Directory.CreateDirectory(fresh);
        Directory.CreateSymbolicLink(Path.Combine(fresh, "blobs"), Path.Combine("..", "..", "blobs"));

        string[] plain = reference.Plain ? ["--src-tls-verify=false"] : [];
        string[] login = credentials is null ? ["--src-no-creds"] : ["--src-authfile", credentials];
        var copied = await Tool.Run(
            skopeo!, ["copy", "--quiet", "--insecure-policy", .. plain, .. reference.Registry is null ? [] : login, reference.Source, $"oci:{fresh}:{Tag}"], cancelled);
        if (copied.Code != 0)
            throw new CannotStartException($"Image '{name}' could not be fetched: {LastLine(copied.Complaint)}");
        var configuration = await Tool.Run(skopeo!, ["inspect", "--config", $"oci:{fresh}:{Tag}"], cancelled);
        if (configuration.Code != 0)
            throw new CannotStartException($"Image '{name}' has no configuration: {LastLine(configuration.Complaint)}");
        await File.WriteAllTextAsync(Path.Combine(fresh, "configuration"), configuration.Output, cancelled);
        await File.WriteAllTextAsync(Path.Combine(fresh, "name"), name, cancelled);
        if (Directory.Exists(layout))
            Directory.Delete(layout, recursive: true);
        Directory.Move(fresh, layout);
    }

    private async Task<string> Unpack(string name, string layout, CancellationToken cancelled)
    {
        var files = RootOf(layout);
        var bundle = Path.GetDirectoryName(files)!;
        // Two names of one content unpack it at most twice; the first to be done is used.
        if (Directory.Exists(bundle))
            return files;
        var fresh = $"{bundle}.new{Guid.NewGuid():N}";
        var unpacked = await Tool.Run(umoci!, ["unpack", "--image", $"{layout}:{Tag}", fresh], cancelled);
        if (unpacked.Code != 0)
        {
            if (Directory.Exists(fresh))
                Directory.Delete(fresh, recursive: true);
            throw new CannotStartException($"Image '{name}' could not be unpacked: {LastLine(unpacked.Complaint)}");
        }
        try
        {
            Directory.Move(fresh, bundle);
        }
        catch (IOException) when (Directory.Exists(bundle))
        {
            Directory.Delete(fresh, recursive: true);
        }
        return files;
    }

    private string RootOf(string layout) =>
        Path.Combine(Roots, Digests(File.ReadAllText(Path.Combine(layout, "index.json"))).First().Replace(':', '-'), "rootfs");

    /// <summary>Deletes the blobs and roots that no image has.</summary>
    private void Sweep(IReadOnlyList<string> layouts, IReadOnlySet<string> inUse)
    {
        var blobs = new HashSet<string>(StringComparer.Ordinal);
        foreach (var manifest in layouts.SelectMany(layout => Digests(File.ReadAllText(Path.Combine(layout, "index.json")))))
        {
            blobs.Add(manifest);
            if (PathOf(manifest) is var path && File.Exists(path))
                blobs.UnionWith(Digests(File.ReadAllText(path)));
        }
        foreach (var file in Directory.EnumerateFiles(Blobs, "*", SearchOption.AllDirectories).ToList())
        {
            if (!blobs.Contains($"{Path.GetFileName(Path.GetDirectoryName(file))}:{Path.GetFileName(file)}"))
                File.Delete(file);
        }
        var roots = layouts.Select(RootOf).Concat(inUse).ToHashSet(StringComparer.Ordinal);
        foreach (var bundle in Directory.EnumerateDirectories(Roots).Where(bundle => !roots.Contains(Path.Combine(bundle, "rootfs"))).ToList())
            Directory.Delete(bundle, recursive: true);
    }

    private string PathOf(string digest) => Path.Combine([Blobs, .. digest.Split(':')]);

    /// <summary>Every digest that an index or a manifest names directly.</summary>
    private static IEnumerable<string> Digests(string json)
    {
        var node = JsonNode.Parse(json)!;
        return (node["manifests"] as JsonArray ?? []).Concat(node["layers"] as JsonArray ?? []).Append(node["config"])
            .Select(each => (string?)each?["digest"]).OfType<string>();
    }

    private static string LastLine(string complaint) => complaint.Split('\n').Last(line => line.Length > 0 || complaint.Length == 0);
}
