using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace Bourse.Simulation;

/// <summary>A value in a scenario file, read as what a step expects; anything else is refused with its place.</summary>
internal readonly struct Value(YamlNode node, string place)
{
    public string Place => place;

    public bool IsNull => node is YamlScalarNode { Style: YamlDotNet.Core.ScalarStyle.Plain, Value: null or "" or "~" or "null" };

    public bool IsList => node is YamlSequenceNode;

    public bool IsMap => node is YamlMappingNode;

    public string Text() => node is YamlScalarNode { Value: { } text } ? text : throw Wrong("text");

    public double Number() => double.TryParse(Text(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        ? number
        : Text().Trim('.', '+').ToLowerInvariant() switch
        {
            "inf" => double.PositiveInfinity,
            "-.inf" or "-inf" => double.NegativeInfinity,
            "nan" => double.NaN,
            _ => throw Wrong("a number"),
        };

    public int Whole() => int.TryParse(Text(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : throw Wrong("a whole number");

    public bool Truth() => Text() switch
    {
        "true" => true,
        "false" => false,
        _ => throw Wrong("true or false"),
    };

    public List<Value> List()
    {
        if (node is not YamlSequenceNode sequence)
            throw Wrong("a list");
        var at = place;
        return [.. sequence.Children.Select((each, i) => new Value(each, $"{at}[{i + 1}]"))];
    }

    public List<string> Words() => [.. List().Select(each => each.Text())];

    public List<(string Key, Value Value)> Map()
    {
        if (node is not YamlMappingNode mapping)
            throw Wrong("a map");
        var at = place;
        return [.. mapping.Children.Select(each => each.Key is YamlScalarNode { Value: { } key }
            ? (key, new Value(each.Value, $"{at}, key '{key}'"))
            : throw new ScenarioException($"{at}: a key is not text (line {each.Key.Start.Line})"))];
    }

    /// <summary>The same value, named differently in errors.</summary>
    public Value At(string otherPlace) => new(node, otherPlace);

    public Args Args() => new(this);

    public ScenarioException Wrong(string expected) => new($"{place}: expected {expected}, found {Describe()} (line {node.Start.Line})");

    public ScenarioException Error(string problem) => new($"{place}: {problem} (line {node.Start.Line})");

    /// <summary>The value as written, on one line.</summary>
    public override string ToString() => node switch
    {
        YamlScalarNode scalar => scalar.Value ?? "",
        YamlSequenceNode sequence => $"[{string.Join(", ", sequence.Children.Select(each => new Value(each, "")))}]",
        YamlMappingNode mapping => $"{{{string.Join(", ", mapping.Children.Select(each => $"{each.Key}: {new Value(each.Value, "")}"))}}}",
        _ => "",
    };

    private string Describe() => node switch
    {
        YamlScalarNode scalar => $"'{scalar.Value}'",
        YamlSequenceNode => "a list",
        _ => "a map",
    };
}

/// <summary>The keys of a map, each asked for once; what nobody asked for is an error.</summary>
internal sealed class Args
{
    private readonly Value map;
    private readonly Dictionary<string, Value> values = new(StringComparer.Ordinal);

    public Args(Value map)
    {
        this.map = map;
        foreach (var (key, value) in map.Map())
            values[key] = value;
    }

    public Value Need(string key) => Take(key) ?? throw map.Error($"the key '{key}' is missing");

    /// <summary>A value that may be missing or null.</summary>
    public Value? Take(string key) => values.Remove(key, out var value) && !value.IsNull ? value : null;

    /// <summary>Whether the key is there, be its value null.</summary>
    public bool Has(string key) => values.ContainsKey(key);

    public void End()
    {
        if (values.Count > 0)
            throw map.Error($"unknown key '{values.Keys.First()}'");
    }
}
