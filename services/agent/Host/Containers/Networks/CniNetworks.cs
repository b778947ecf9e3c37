using System.Text.Json.Nodes;
using Bourse.Agent.Host.Processes;
using Bourse.Agent.Host.Settings;
using Bourse.Contracts;

namespace Bourse.Agent.Host.Containers.Networks;

/// <summary>
/// Networks by the specification of the Container Network Interface: a chain of programs per network, each told what the one before
/// it did. What was done for a container is written down before it is begun, so that it can be undone by whoever comes later.
/// </summary>
internal sealed class CniNetworks(ContainerSettings settings)
{
    private const string HostLocalDirectory = "/var/lib/cni/networks";
    private const string DefaultVersion = "0.4.0";
    private static readonly string[] Kinds = [".conflist", ".conf", ".json"];

    /// <summary>Where named network namespaces are.</summary>
    private const string Namespaces = "/run/netns";

    private readonly string? ip = Programs.Find("ip");

    /// <summary>Why no container can have a network of its own here; null when one can.</summary>
    public string? Missing => ip is null ? "ip (iproute2) is not on the machine" : null;

    /// <summary>Why no container can join a named network here; null when one can.</summary>
    public string? MissingForJoining =>
        Missing ?? (Plugin("loopback") is null ? $"there are no CNI plugins in {string.Join(" or ", settings.NetworkPlugins)}" : null);

    /// <summary>The path of a container's network namespace.</summary>
    public static string PathOf(string container) => $"{Namespaces}/{container}";

    /// <summary>Makes a network namespace and joins it to networks.</summary>
    /// <param name="container">The container's id.</param>
    /// <param name="networks">What to join.</param>
    /// <param name="notes">A directory for what has to be undone.</param>
    /// <param name="cancelled">The container is not wanted any more.</param>
    /// <exception cref="CannotStartException">A network is unknown, or cannot be joined.</exception>
    public async Task<Joined> Join(string container, ValueList<JoinedNetwork> networks, string notes, CancellationToken cancelled)
    {
        var missing = networks.Count > 0 ? MissingForJoining : Missing;
        if (missing is not null)
            throw new CannotStartException($"The container cannot have a network of its own: {missing}");
        Directory.CreateDirectory(notes);
        await Ip(["netns", "add", container], cancelled);
        await Ip(["-n", container, "link", "set", "lo", "up"], cancelled);

        var addresses = new List<ContainerAddress>();
        var servers = new List<string>();
        for (var i = 0; i < networks.Count; i++)
        {
            var result = await Add(container, networks[i], $"eth{i}", notes, cancelled);
            addresses.Add(new(networks[i].Name, Addresses(result).ToValueList(), networks[i].Ports));
            servers.AddRange((result["dns"]?["nameservers"] as JsonArray ?? []).Select(server => (string)server!));
        }
        return new(addresses.ToValueList(), servers);
    }

    /// <summary>Whether a container's networks are still as they were made; the first complaint when they are not.</summary>
    public async Task<string?> Check(string container, string notes, CancellationToken stopping)
    {
        foreach (var note in Notes(notes))
        {
            if (note["result"] is not { } result)
                return $"network {note["name"]} was not joined to its end";
            foreach (var plugin in Chain(note, result))
            {
                if (await Call("CHECK", container, note, plugin, stopping) is { Code: not 0 } failed)
                    return Complaint(failed);
            }
        }
        return null;
    }

    /// <summary>Undoes whatever was done for a container, and removes its namespace. Doing it again does no harm.</summary>
    /// <exception cref="IOException">Something could not be undone.</exception>
    public async Task Leave(string container, string notes, CancellationToken stopping)
    {
        foreach (var note in Notes(notes).Reverse())
        {
            foreach (var plugin in Chain(note, note["result"]).Reverse())
            {
                if (await Call("DEL", container, note, plugin, stopping) is { Code: not 0 } failed)
                    throw new IOException($"leaving network {note["name"]}: {plugin["type"]}: {Complaint(failed)}");
            }
            File.Delete(Path.Combine(notes, $"{note["interface"]}.json"));
        }
        if (ip is not null && File.Exists(PathOf(container)))
            await Ip(["netns", "delete", container], stopping);
    }

    /// <summary>Namespaces whose name begins so.</summary>
    public static IEnumerable<string> Named(string prefix) =>
        Directory.Exists(Namespaces) ? Directory.EnumerateFiles(Namespaces, $"{prefix}*").Select(path => Path.GetFileName(path)!) : [];

    private async Task<JsonNode> Add(string container, JoinedNetwork network, string inside, string notes, CancellationToken cancelled)
    {
        var configuration = Find(network.Name);
        if (network.Ports.Count > 0 && !Plugins(configuration).Any(TakesPorts))
            throw new CannotStartException($"Network '{network.Name}' has no plugin that maps ports");
        var note = new JsonObject
        {
            ["name"] = network.Name,
            ["interface"] = inside,
            ["configuration"] = configuration,
            ["ports"] = new JsonArray([.. network.Ports.Select(port => new JsonObject
            {
                ["hostPort"] = port.HostPort,
                ["containerPort"] = port.ContainerPort,
                ["protocol"] = port.Protocol,
            })]),
        };
        var path = Path.Combine(notes, $"{inside}.json");
        await Keep(path, note, cancelled);

        JsonNode? result = null;
        foreach (var plugin in Plugins(configuration))
        {
            var done = await Call("ADD", container, note, Completed(note, plugin, result), cancelled);
            if (done.Code != 0)
                throw new CannotStartException($"Network '{network.Name}' could not be joined: {plugin["type"]}: {Complaint(done)}");
            result = JsonNode.Parse(done.Output)!;
        }
        KeepAddresses(configuration, result!);
        note["result"] = result!.DeepClone();
        await Keep(path, note, cancelled);
        return result;
    }

    // The host-local plugin knows by the content of its files what to give back, and leaves it to the system when they come to the disk.
    private static void KeepAddresses(JsonObject configuration, JsonNode result)
    {
        foreach (var local in Plugins(configuration).Select(plugin => plugin["ipam"]).OfType<JsonObject>().Where(ipam => (string?)ipam["type"] == "host-local"))
        {
            var directory = Path.Combine((string?)local["dataDir"] ?? HostLocalDirectory, (string)configuration["name"]!);
            foreach (var address in (result["ips"] as JsonArray ?? []).Select(ip => ((string)ip!["address"]!).Split('/')[0]))
            {
                if (!File.Exists(Path.Combine(directory, address)))
                    continue;
                using var file = new FileStream(Path.Combine(directory, address), FileMode.Open, FileAccess.Write);
                file.Flush(flushToDisk: true);
            }
        }
    }

    /// <summary>The configuration of a network, as a list of plugins.</summary>
    private JsonObject Find(string name)
    {
        var files = Directory.Exists(settings.NetworkDirectory)
            ? Directory.EnumerateFiles(settings.NetworkDirectory).Where(file => Kinds.Contains(Path.GetExtension(file))).Order(StringComparer.Ordinal)
            : Enumerable.Empty<string>();
        foreach (var file in files)
        {
            if (JsonNode.Parse(File.ReadAllText(file)) is not JsonObject found || (string?)found["name"] != name)
                continue;
            if (found["plugins"] is JsonArray)
                return found;
            var version = found["cniVersion"]?.DeepClone() ?? DefaultVersion;
            return new JsonObject { ["cniVersion"] = version, ["name"] = name, ["plugins"] = new JsonArray(found.DeepClone()) };
        }
        throw new CannotStartException($"Network '{name}' is not configured on this agent");
    }

    private static IEnumerable<JsonObject> Plugins(JsonNode configuration) => (configuration["plugins"] as JsonArray ?? []).OfType<JsonObject>();

    private static bool TakesPorts(JsonObject plugin) => plugin["capabilities"]?["portMappings"] is JsonValue value && (bool)value;

    private static IEnumerable<JsonObject> Chain(JsonObject note, JsonNode? result) =>
        Plugins(note["configuration"]!).Select(plugin => Completed(note, plugin, result)).ToList();

    private static JsonObject Completed(JsonObject note, JsonObject plugin, JsonNode? previous)
    {
        var whole = (JsonObject)plugin.DeepClone();
        whole["cniVersion"] = note["configuration"]!["cniVersion"]?.DeepClone() ?? DefaultVersion;
        whole["name"] = note["name"]!.DeepClone();
        if (previous is not null)
            whole["prevResult"] = previous.DeepClone();
        if (TakesPorts(plugin) && note["ports"] is JsonArray { Count: > 0 } ports)
            whole["runtimeConfig"] = new JsonObject { ["portMappings"] = ports.DeepClone() };
        return whole;
    }

    private async Task<Tool.Result> Call(string command, string container, JsonObject note, JsonObject plugin, CancellationToken cancelled)
    {
        var type = (string?)plugin["type"] ?? "";
        var program = Plugin(type) ?? throw new CannotStartException($"CNI plugin '{type}' of network '{note["name"]}' is not on the machine");
        var there = File.Exists(PathOf(container));
        return await Tool.Run(program, [], cancelled, plugin.ToJsonString(), new Dictionary<string, string>
        {
            ["CNI_COMMAND"] = command,
            ["CNI_CONTAINERID"] = container,
            // A namespace that is gone is left out, which the specification allows for DEL.
            ["CNI_NETNS"] = command == "DEL" && !there ? "" : PathOf(container),
            ["CNI_IFNAME"] = (string)note["interface"]!,
            ["CNI_PATH"] = string.Join(':', settings.NetworkPlugins),
        });
    }

    private string? Plugin(string type) =>
        type.Length == 0 || type.Contains('/', StringComparison.Ordinal) ? null
        : settings.NetworkPlugins.Select(directory => Path.Combine(directory, type)).FirstOrDefault(File.Exists);

    private static IEnumerable<JsonObject> Notes(string notes) =>
        Directory.Exists(notes)
            ? Directory.EnumerateFiles(notes, "eth*.json").Order(StringComparer.Ordinal).Select(Read).OfType<JsonObject>().ToList()
            : [];

    // Whole and on the disk before anything is done that it is needed to undo, even when the machine stops.
    private static async Task Keep(string path, JsonObject note, CancellationToken cancelled)
    {
        var unfinished = $"{path}.new";
        await using (var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write))
        {
            await file.WriteAsync(System.Text.Encoding.UTF8.GetBytes(note.ToJsonString()), cancelled);
            file.Flush(flushToDisk: true);
        }
        File.Move(unfinished, path, overwrite: true);
    }

    // An unfinished file, of a version that did not wait for the disk, is one of which nothing followed.
    private static JsonObject? Read(string path)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(path)) as JsonObject;
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }

    private static string Complaint(Tool.Result failed)
    {
        try
        {
            return (string?)JsonNode.Parse(failed.Output)?["msg"] ?? failed.Complaint;
        }
        catch (System.Text.Json.JsonException)
        {
            return failed.Complaint;
        }
    }

    private static IEnumerable<string> Addresses(JsonNode result) =>
        (result["ips"] as JsonArray ?? []).Select(each => ((string)each!["address"]!).Split('/')[0]);

    private async Task Ip(string[] arguments, CancellationToken cancelled)
    {
        var done = await Tool.Run(ip!, arguments, cancelled);
        if (done.Code != 0)
            throw new IOException($"ip {string.Join(' ', arguments)}: {done.Complaint}");
    }

    /// <summary>What came of joining.</summary>
    /// <param name="Addresses">Where the container is reached.</param>
    /// <param name="NameServers">The name servers that the networks name.</param>
    public sealed record Joined(ValueList<ContainerAddress> Addresses, IReadOnlyList<string> NameServers);
}
