using System.Globalization;
using System.Text.RegularExpressions;
using Bourse.Allocator.Engine;
using Bourse.Contracts;

namespace Bourse.Simulation;

/// <summary>Resources as scenario files write them: <c>cpus(a&gt;a/b){revocable}:1.5; ports:[31000-32000]</c>.</summary>
internal static partial class ResourceText
{
    public static Bag Read(Value value, Kinds kinds)
    {
        var entries = new List<Entry>();
        foreach (var item in value.Text().Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var match = Item().Match(item);
            if (!match.Success)
                throw value.Error($"'{item}' is no resource; write name[(reservation)][{{flags}}]:value");
            var (resource, copies) = Describe(value, item, match);
            if (resource.IsEmpty)
                continue;
            foreach (var entry in kinds.Bag(Resources.Of(resource)).Entries)
                entries.Add(entry.Kind.Shared ? entry.With(copies) : entry);
        }
        return Bag.Sum(entries.ToArray());
    }

    /// <summary>Names with thousandths: metadata does not count.</summary>
    public static List<(string Name, long Thousandths)> Quantities(Value value) => [.. value.Text()
        .Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(item => item.Split(':', 2, StringSplitOptions.TrimEntries) is [var name, var amount]
            && double.TryParse(amount, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? (name, Scalar.From(number).Thousandths)
            : throw value.Error($"'{item}' is no quantity; write name:number"))];

    public static string Write(Bag bag)
    {
        var items = new List<string>();
        foreach (var entry in bag.Entries)
            items.Add(Write(entry));
        return items.Count == 0 ? "nothing" : string.Join(";", items.Order(StringComparer.Ordinal));
    }

    public static string Write(long thousandths) => new Scalar(thousandths).ToString();

    private static string Write(Entry entry)
    {
        var kind = entry.Kind.Prototype;
        List<string> flags = [];
        if (kind.Revocable)
            flags.Add("revocable");
        if (kind.Shared)
            flags.Add("shared");
        if (kind.Disk is { } disk)
        {
            if (disk.SourceType is { } type)
                flags.Add(disk.SourceRoot is { } root ? $"{type.ToLowerInvariant()}={root}" : type.ToLowerInvariant());
            if (disk.PersistenceId is { } id)
                flags.Add($"vol={id}");
        }
        if (kind.Shared && entry.Amount != 1)
            flags.Add($"copies={entry.Amount}");
        var reservation = kind.Reservations.Count > 0 ? $"({string.Join('>', kind.Reservations.Select(each => each.Role))})" : "";
        var amount = entry.Items switch
        {
            ValueList<Interval> ranges => $"[{string.Join(",", ranges.Select(each => $"{each.Begin}-{each.End}"))}]",
            ValueList<string> words => $"{{{string.Join(",", words)}}}",
            _ => Write(entry.Quantity),
        };
        return $"{kind.Name}{reservation}{(flags.Count > 0 ? $"{{{string.Join(",", flags)}}}" : "")}:{amount}";
    }

    private static (Resource Resource, int Copies) Describe(Value value, string item, Match match)
    {
        var amount = match.Groups["value"].Value.Trim();
        var resource = new Resource(match.Groups["name"].Value);
        if (amount.StartsWith('['))
            resource = resource with { Ranges = Ranges(value, item, amount) };
        else if (amount.StartsWith('{'))
            resource = resource with { Set = amount.Trim('{', '}').Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct().Order(StringComparer.Ordinal).ToValueList() };
        else if (double.TryParse(amount, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= 0 && number < 9e15)
            resource = resource with { Scalar = Scalar.From(number) };
        else
            throw value.Error($"'{item}': '{amount}' is no amount");

        var stack = match.Groups["stack"].Value.Split('>', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (stack is not (["*"] or []))
            resource = resource with { Reservations = stack.Select(role => new Reservation(role, Dynamic: false)).ToValueList() };

        var copies = 1;
        foreach (var flag in match.Groups["flags"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, text) = flag.Split('=', 2) is [var k, var t] ? (k, t) : (flag, (string?)null);
            var disk = resource.Disk ?? new Disk();
            resource = key switch
            {
                "revocable" => resource with { Revocable = true },
                "shared" => resource with { Shared = true },
                "vol" => resource with { Disk = disk with { PersistenceId = text, ContainerPath = "data" } },
                "mount" or "path" => resource with { Disk = disk with { SourceType = key.ToUpperInvariant(), SourceRoot = text } },
                "block" or "raw" => resource with { Disk = disk with { SourceType = key.ToUpperInvariant(), SourceId = text } },
                "copies" => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out copies) ? resource : throw value.Error($"'{item}': copies is a number"),
                _ => throw value.Error($"'{item}': unknown flag '{key}'"),
            };
        }
        return resource.Shared && resource.Scalar is null ? throw value.Error($"'{item}': only scalars can be shared") : (resource, copies);
    }

    private static ValueList<Interval> Ranges(Value value, string item, string text)
    {
        var ranges = new List<Interval>();
        foreach (var part in text.Trim('[', ']').Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = part.Split('-');
            if (!ulong.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var begin)
                || !ulong.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var end) || ends.Length > 2 || end < begin)
                throw value.Error($"'{item}': '{part}' is no range");
            ranges.Add(new(begin, end));
        }
        return Intervals.Normal(ranges.ToArray());
    }

    [GeneratedRegex(@"^(?<name>[^({:\s]+)\s*(\((?<stack>[^)]*)\))?\s*(\{(?<flags>[^}]*)\})?\s*:(?<value>.+)$")]
    private static partial Regex Item();
}
