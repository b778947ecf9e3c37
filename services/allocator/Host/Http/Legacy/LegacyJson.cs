using System.Globalization;
using System.Text.Json;
using Bourse.Contracts;
using Bourse.MesosV1.Wire;
using Google.Protobuf;

namespace Bourse.Allocator.Host.Http.Legacy;

/// <summary>The habits of the JSON from before v1: numbers that keep a fraction, times in seconds, resources flattened to one object.</summary>
internal static class LegacyJson
{
    // There even when the cluster has none of them; the Mesos web console adds them up without looking.
    private static readonly string[] Always = ["cpus", "gpus", "mem", "disk"];

    /// <summary>A number that always has a fraction, as Mesos writes its doubles.</summary>
    public static void Double(this Utf8JsonWriter json, string name, double value)
    {
        json.WritePropertyName(name);
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        json.WriteRawValue(text.AsSpan().ContainsAny('.', 'E') ? text : text + ".0");
    }

    /// <summary>Seconds since the epoch.</summary>
    public static void Time(this Utf8JsonWriter json, string name, DateTimeOffset at) => json.Double(name, Mapping.TaskStatusMapping.Seconds(at));

    /// <summary>An object, filled by <paramref name="fill"/>.</summary>
    public static void Object(this Utf8JsonWriter json, string name, Action fill)
    {
        json.WriteStartObject(name);
        fill();
        json.WriteEndObject();
    }

    /// <summary>A list of objects.</summary>
    public static void Objects<T>(this Utf8JsonWriter json, string name, IEnumerable<T> items, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            write(json, item);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>A list of texts.</summary>
    public static void Texts(this Utf8JsonWriter json, string name, IEnumerable<string> items)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
            json.WriteStringValue(item);
        json.WriteEndArray();
    }

    /// <summary>v1 messages as they are: what came late was never given an older form.</summary>
    public static void Messages(this Utf8JsonWriter json, string name, IEnumerable<IMessage> messages)
    {
        json.WriteStartArray(name);
        foreach (var message in messages)
            json.WriteRawValue(MesosJson.Format(message));
        json.WriteEndArray();
    }

    /// <summary>Labels as a bare list; left out when there are none.</summary>
    public static void Labels(this Utf8JsonWriter json, ValueList<Label> labels)
    {
        if (labels.Count > 0)
            json.Objects("labels", labels, static (json, label) =>
            {
                json.WriteString("key", label.Key);
                if (label.Value is { } value)
                    json.WriteString("value", value);
            });
    }

    /// <summary>Resources by name, whatever they are reserved for; revocable ones under a name of their own.</summary>
    public static void Resources(this Utf8JsonWriter json, string name, Resources resources) => json.Object(name, () => json.Flat(resources));

    /// <summary>Resources per role they are reserved for.</summary>
    public static void Reserved(this Utf8JsonWriter json, string name, Resources resources) => json.Object(name, () =>
    {
        foreach (var role in ByRole(resources))
            json.Resources(role.Key, Contracts.Resources.Of(role));
    });

    /// <summary>What is reserved, by role.</summary>
    public static IEnumerable<IGrouping<string, Resource>> ByRole(Resources resources) =>
        resources.Entries.Where(entry => entry.ReservedFor is not null)
            .GroupBy(entry => entry.ReservedFor!, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal);

    /// <summary>Amounts of the scalar resources that are there.</summary>
    public static void Quantities(this Utf8JsonWriter json, string name, Resources resources) => json.Object(name, () =>
    {
        foreach (var scalar in resources.Entries.Where(entry => entry.Scalar is not null).Select(entry => entry.Name).Distinct().Order(StringComparer.Ordinal))
            json.Double(scalar, resources.Total(scalar).ToDouble());
    });

    /// <summary>Amounts by name.</summary>
    public static void Quantities(this Utf8JsonWriter json, string name, ValueList<Quantity> quantities) => json.Object(name, () =>
    {
        foreach (var (each, amount) in quantities)
            json.Double(each, amount.ToDouble());
    });

    private static void Flat(this Utf8JsonWriter json, Resources resources)
    {
        var named = resources.Entries.ToLookup(entry => entry.Revocable ? entry.Name + "_revocable" : entry.Name);
        foreach (var name in Always.Concat(named.Select(group => group.Key).Except(Always).Order(StringComparer.Ordinal)))
        {
            var entries = named[name].ToList();
            if (entries.Count == 0 || entries[0].Scalar is not null)
                json.Double(name, entries.Sum(entry => entry.Scalar?.Thousandths ?? 0) / 1000d);
            else if (entries[0].Ranges.Count > 0)
                json.WriteString(name, Ranges(Intervals.Normal([.. entries.SelectMany(entry => entry.Ranges)])));
            else
                json.WriteString(name, $"{{{string.Join(", ", entries.SelectMany(entry => entry.Set).Distinct())}}}");
        }
    }

    /// <summary>Ranges as text.</summary>
    public static string Ranges(ValueList<Interval> ranges) => $"[{string.Join(", ", ranges.Select(range => $"{range.Begin}-{range.End}"))}]";
}
