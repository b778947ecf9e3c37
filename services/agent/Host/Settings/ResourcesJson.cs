using System.Text.Json;
using Bourse.Contracts;

namespace Bourse.Agent.Host.Settings;

/// <summary>
/// Mesos' JSON form of resources, for what the short form cannot say: disks of their own and refined reservations. Reservations are
/// static, whatever they are written as: only operations make others.
/// </summary>
internal static class ResourcesJson
{
    /// <exception cref="FormatException">The message names what cannot be read.</exception>
    public static Resources Parse(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return Resources.Of(json.RootElement.EnumerateArray().Select(Read).ToList());
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentOutOfRangeException)
        {
            throw new FormatException($"Resources: {e.Message}", e);
        }
    }

    private static Resource Read(JsonElement json)
    {
        var name = json.GetProperty("name").GetString() is { Length: > 0 } given ? given : throw new FormatException("Resources: a resource has no name");
        var type = json.GetProperty("type").GetString();
        var amount = type switch
        {
            "SCALAR" => Resource.Of(name, json.GetProperty("scalar").GetProperty("value").GetDouble()),
            "RANGES" => Resource.Of(name, json.GetProperty("ranges").GetProperty("range").EnumerateArray()
                .Select(range => new Interval(range.GetProperty("begin").GetUInt64(), range.GetProperty("end").GetUInt64())).ToArray()),
            "SET" => Resource.Of(name, json.GetProperty("set").GetProperty("item").EnumerateArray().Select(item => item.GetString()!).ToArray()),
            _ => throw new FormatException($"Resources: '{type}' of {name} is none of SCALAR, RANGES and SET"),
        };
        return amount with { Reservations = Reservations(json), Disk = json.TryGetProperty("disk", out var disk) ? Disk(name, disk) : null };
    }

    private static ValueList<Reservation> Reservations(JsonElement json) =>
        json.TryGetProperty("reservations", out var stack)
            ? stack.EnumerateArray().Select(layer => new Reservation(layer.GetProperty("role").GetString()!, Dynamic: false)).ToValueList()
            : json.TryGetProperty("role", out var role) && role.GetString() is { } one and not "*" ? [new(one, Dynamic: false)] : [];

    private static Disk Disk(string name, JsonElement disk)
    {
        var source = disk.GetProperty("source");
        var type = source.GetProperty("type").GetString();
        return type is "PATH" or "MOUNT"
            ? new(SourceType: type, SourceRoot: source.GetProperty(type.ToLowerInvariant()).GetProperty("root").GetString())
            : throw new FormatException($"Resources: a disk of {name} has a source of type '{type}'; an agent itself has PATH and MOUNT");
    }
}
