using System.Globalization;

namespace Bourse.Cli.Output;

/// <summary>Amounts of resources as they are typed: <c>cpus:2;mem:1024</c>.</summary>
internal static class Amounts
{
    /// <exception cref="CliException">It is not of that form.</exception>
    public static Dictionary<string, double> Parse(string option, string text)
    {
        var amounts = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var item in text.Split([';', ','], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (item.Split(':', 2, StringSplitOptions.TrimEntries) is not [{ Length: > 0 } name, var number]
                || !double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var amount) || !double.IsFinite(amount) || amount < 0)
            {
                throw new CliException($"{option}: '{item}' is no amount; write it as cpus:2;mem:1024");
            }

            if (!amounts.TryAdd(name, amount))
            {
                throw new CliException($"{option} has {name} twice");
            }
        }

        return amounts;
    }
}
