using System.Globalization;
using System.Text.RegularExpressions;
using Bourse.Allocator.Engine;
using Bourse.Contracts;

namespace Bourse.Simulation;

/// <summary>Attributes, minimums and constraints as scenario files write them.</summary>
internal static class Reading
{
    /// <summary><c>rack:r1;level:3;slots:[1-4]</c>, or a map.</summary>
    public static ValueList<AgentAttribute> Attributes(Value value)
    {
        if (value.IsMap)
            return value.Map().Select(each => Attribute(each.Key, each.Value.Text(), each.Value)).ToValueList();
        if (value.IsList)
            return value.List().SelectMany(each => Attributes(each)).ToValueList();
        return value.Text().Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(item => item.Split(':', 2, StringSplitOptions.TrimEntries) is [var name, var text]
                ? Attribute(name, text, value)
                : throw value.Error($"'{item}' is no attribute; write name:value")).ToValueList();
    }

    /// <summary>Per role, or one list for all roles.</summary>
    public static Dictionary<string, T> PerRole<T>(Value value, IEnumerable<string> roles, Func<Value, T> read) =>
        value.IsMap
            ? value.Map().ToDictionary(each => each.Key, each => read(each.Value), StringComparer.Ordinal)
            : roles.ToDictionary(role => role, _ => read(value), StringComparer.Ordinal);

    /// <summary>A list of alternatives: <c>["cpus:1;mem:64", "gpus:1"]</c>.</summary>
    public static List<IReadOnlyList<(string Name, long Thousandths)>> Minimum(Value value) =>
        value.IsList ? [.. value.List().Select(ResourceText.Quantities)] : [ResourceText.Quantities(value)];

    /// <summary>Groups, any of which suffices; each a list of constraints that must all hold.</summary>
    public static OfferConstraints Constraints(Value value)
    {
        if (value.IsMap && value.Map() is [("groups", var inside)])
            value = inside;
        var groups = value.List();
        if (groups.Count == 0)
            throw value.Error("a list of constraint groups is empty");
        return new OfferConstraints([.. groups.Select(Group)]);

        static IReadOnlyList<AttributeConstraint> Group(Value group)
        {
            if (group.IsMap && group.Map() is [("attribute_constraints" or "constraints" or "all", var inside)])
                group = inside;
            List<Value> constraints = group.IsMap ? [group] : group.List();
            return constraints.Count == 0 ? throw group.Error("a constraint group is empty") : [.. constraints.Select(Constraint)];
        }
    }

    // {attribute: rack, TextEquals: r1}, or {selector: HOSTNAME, predicate: text_equals, value: a1}, or the v1 API's nesting.
    private static AttributeConstraint Constraint(Value value)
    {
        var (selector, attribute) = (Selector.Attribute, (string?)null);
        Predicate? predicate = null;
        string? text = null;
        foreach (var (key, inside) in value.Map())
        {
            switch (Plain(key))
            {
                case "attribute" or "name" or "attributename" or "selector" or "pseudo" or "pseudoattribute" or "pseudoattributetype":
                    var (named, of) = inside.IsMap && inside.Map() is [var only] ? (only.Value.Text(), Plain(only.Key)) : (inside.Text(), Plain(key));
                    (selector, attribute) = of is "attribute" or "name" or "attributename" ? (Selector.Attribute, named) : Pseudo(named);
                    break;
                case "predicate" or "op" or "type" when inside.IsMap && inside.Map() is [var nested]:
                    (predicate, text) = (PredicateOf(nested.Key, value), Argument(nested.Value));
                    break;
                case "predicate" or "op" or "type":
                    predicate = PredicateOf(inside.Text(), value);
                    break;
                case "value" or "regex" or "text":
                    text = inside.Text();
                    break;
                default:
                    (predicate, text) = (PredicateOf(key, value), Argument(inside));
                    break;
            }
        }
        if (selector == Selector.Attribute && attribute is null)
            throw value.Error("a constraint selects no attribute");
        if (predicate is not { } condition)
            throw value.Error("a constraint has no predicate");
        if (condition is not (Predicate.Exists or Predicate.NotExists) && text is null)
            throw value.Error($"{condition} compares with nothing");
        try
        {
            return new AttributeConstraint(selector, attribute, condition, text);
        }
        catch (Exception wrong) when (wrong is ArgumentException or NotSupportedException)
        {
            throw value.Error($"'{text}' is no regular expression without look-around: {wrong.Message}");
        }
    }

    private static string? Argument(Value value) =>
        value.IsMap ? value.Map() is [var only] ? only.Value.Text() : null : value.IsNull || value.IsList ? null : value.Text();

    private static (Selector, string?) Pseudo(string name) => name switch
    {
        "HOSTNAME" => (Selector.Hostname, null),
        "REGION" => (Selector.Region, null),
        "ZONE" => (Selector.Zone, null),
        _ => (Selector.Attribute, name),
    };

    private static Predicate PredicateOf(string name, Value at) =>
        Enum.GetValues<Predicate>().Cast<Predicate?>().FirstOrDefault(each => Plain(each.ToString()!) == Plain(name))
        ?? throw at.Error($"unknown key or predicate '{name}'");

    private static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();

    private static AgentAttribute Attribute(string name, string text, Value at)
    {
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) && Math.Abs(number) < 9e15)
            return new(name, Scalar: Scalar.From(number));
        if (!text.StartsWith('['))
            return new(name, Text: text);
        var ranges = new List<Interval>();
        foreach (Match part in Regex.Matches(text, @"(\d+)\s*-\s*(\d+)"))
            ranges.Add(new(ulong.Parse(part.Groups[1].Value, CultureInfo.InvariantCulture), ulong.Parse(part.Groups[2].Value, CultureInfo.InvariantCulture)));
        return ranges.Count == 0 ? throw at.Error($"'{text}' is no range") : new(name, Ranges: Intervals.Normal(ranges.ToArray()));
    }
}
