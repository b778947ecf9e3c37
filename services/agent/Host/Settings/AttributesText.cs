using System.Globalization;
using Bourse.Contracts;

namespace Bourse.Agent.Host.Settings;

/// <summary>Mesos' short form of attributes: <c>rack:r1;level:3;ports:[1-10]</c>, as text, number or ranges.</summary>
internal static class AttributesText
{
    /// <exception cref="FormatException">The message names the entry.</exception>
    public static ValueList<AgentAttribute> Parse(string text) =>
        text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Entry).ToValueList();

    private static AgentAttribute Entry(string entry)
    {
        if (entry.Split(':', 2, StringSplitOptions.TrimEntries) is not [{ Length: > 0 } name, { Length: > 0 } value])
            throw new FormatException($"Attributes: '{entry}' is not NAME:VALUE");
        if (value[0] == '[')
            return new(name, Ranges: Intervals.Normal(ResourcesText.Ranges(value, entry).ToArray()));
        return double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            ? new(name, Scalar: Scalar.From(number))
            : new(name, Text: value);
    }
}
