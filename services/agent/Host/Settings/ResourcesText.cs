using System.Globalization;
using Bourse.Contracts;

namespace Bourse.Agent.Host.Settings;

/// <summary>
/// Mesos' short form of resources: <c>cpus:4;mem:4096;cpus(web):2;ports:[31000-32000, 33000-33010];racks:{a,b}</c>. The word in
/// parentheses is the role they are reserved for by configuration. A text that begins with <c>[</c> is the JSON form.
/// </summary>
internal static class ResourcesText
{
    /// <exception cref="FormatException">The message names the entry.</exception>
    public static Resources Parse(string text) => text.AsSpan().TrimStart().StartsWith('[') ? ResourcesJson.Parse(text) : Resources.Of(
        text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Entry).ToList());

    private static Resource Entry(string entry)
    {
        if (entry.Split(':', 2, StringSplitOptions.TrimEntries) is not [{ Length: > 0 } name, { Length: > 0 } amount])
            throw new FormatException($"Resources: '{entry}' is not NAME:AMOUNT");

        var role = "*";
        if (name.EndsWith(')') && name.IndexOf('(', StringComparison.Ordinal) is var open and > 0)
            (name, role) = (name[..open], name[(open + 1)..^1]);

        var resource = amount[0] switch
        {
            '[' => Resource.Of(name, Ranges(amount, entry).ToArray()),
            '{' => Resource.Of(name, Inside(amount, '}', entry).ToArray()),
            _ => double.TryParse(amount, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                ? Resource.Of(name, number)
                : throw new FormatException($"Resources: '{amount}' in '{entry}' is not a number"),
        };
        return role == "*" ? resource : resource with { Reservations = [new(role, Dynamic: false)] };
    }

    /// <summary><c>[1-3, 5-5]</c> as intervals.</summary>
    internal static IEnumerable<Interval> Ranges(string text, string entry)
    {
        foreach (var range in Inside(text, ']', entry))
        {
            if (range.Split('-', StringSplitOptions.TrimEntries) is not [var from, var to]
                || !ulong.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out var begin)
                || !ulong.TryParse(to, NumberStyles.None, CultureInfo.InvariantCulture, out var end) || end < begin)
                throw new FormatException($"'{range}' in '{entry}' is not a range");
            yield return new(begin, end);
        }
    }

    private static string[] Inside(string text, char end, string entry) =>
        text[^1] == end
            ? text[1..^1].Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            : throw new FormatException($"'{entry}' misses its '{end}'");
}
