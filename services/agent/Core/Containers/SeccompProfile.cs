using System.Text.Json;
using System.Text.Json.Nodes;
using Bourse.Contracts;

namespace Bourse.Agent;

/// <summary>
/// A list of system calls. Operators have them in Docker's shape, which knows conditions; a runtime wants the shape of the OCI,
/// which does not.
/// </summary>
public static class SeccompProfile
{
    private static readonly string[] Conditional = ["includes", "excludes", "comment", "name"];

    /// <summary>The profile for one container.</summary>
    /// <param name="profile">Its text.</param>
    /// <param name="architecture">The machine's, as Go names it.</param>
    /// <param name="capabilities">The container's, by the kernel's names.</param>
    /// <exception cref="FormatException">It cannot be read.</exception>
    public static JsonObject ForRuntime(string profile, string architecture, ValueList<string> capabilities)
    {
        try
        {
            var given = JsonNode.Parse(profile) as JsonObject ?? throw new FormatException("the seccomp profile is not a JSON object");
            var written = new JsonObject { ["defaultAction"] = (given["defaultAction"] ?? throw new FormatException("the seccomp profile has no defaultAction")).DeepClone() };
            if (given["defaultErrnoRet"] is { } number)
                written["defaultErrnoRet"] = number.DeepClone();
            if (Architectures(given, architecture) is { Count: > 0 } architectures)
                written["architectures"] = architectures;
            written["syscalls"] = new JsonArray([.. (given["syscalls"] as JsonArray ?? []).OfType<JsonObject>()
                .Where(rule => Holds(rule["includes"], architecture, capabilities, whenAbsent: true)
                    && !Holds(rule["excludes"], architecture, capabilities, whenAbsent: false))
                .Select(Plain)]);
            return written;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException($"the seccomp profile cannot be read: {e.Message}", e);
        }
    }

    private static JsonNode Plain(JsonObject rule)
    {
        var plain = new JsonObject();
        foreach (var (name, value) in rule)
        {
            if (!Conditional.Contains(name) && value is not null && !(name == "args" && value is JsonArray { Count: 0 }))
                plain[name] = value.DeepClone();
        }
        // The older form names one call at a time.
        if (plain["names"] is null && rule["name"] is { } single)
            plain["names"] = new JsonArray(single.DeepClone());
        return plain;
    }

    private static JsonArray? Architectures(JsonObject given, string architecture)
    {
        if (given["archMap"] is not JsonArray map)
            return given["architectures"]?.DeepClone() as JsonArray;
        var own = Native(architecture);
        var entry = map.OfType<JsonObject>().FirstOrDefault(entry => (string?)entry["architecture"] == own);
        return own is null ? null : new JsonArray([own, .. (entry?["subArchitectures"] as JsonArray ?? []).Select(sub => sub!.DeepClone())]);
    }

    // Kernels older than any "minKernel" in use are not supported, so that condition always holds.
    private static bool Holds(JsonNode? condition, string architecture, ValueList<string> capabilities, bool whenAbsent)
    {
        var arches = (condition?["arches"] as JsonArray ?? []).Select(each => (string?)each).ToList();
        var caps = (condition?["caps"] as JsonArray ?? []).Select(each => (string?)each).ToList();
        if (arches.Count == 0 && caps.Count == 0)
            return whenAbsent || condition?["minKernel"] is not null;
        // Docker's own reading: every condition of "includes" must hold, and one of "excludes" is enough.
        return whenAbsent
            ? (arches.Count == 0 || arches.Contains(architecture)) && caps.All(each => capabilities.Contains(each!))
            : arches.Contains(architecture) || caps.Any(each => capabilities.Contains(each!));
    }

    private static string? Native(string architecture) => architecture switch
    {
        "amd64" => "SCMP_ARCH_X86_64",
        "arm64" => "SCMP_ARCH_AARCH64",
        _ => null,
    };
}
