using System.Globalization;
using System.Text.RegularExpressions;
using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Allocator;

/// <summary>What a framework may ask of its offers.</summary>
internal static partial class WishRules
{
    // What an expression may cost. Mesos bounds the program it is compiled to at 100 instructions, about as many characters.
    private const int LongestExpression = 200, MostRepetitions = 100;

    /// <summary>What is wrong with the minimums and constraints of a description, or null.</summary>
    public static Refusal? Problem(FrameworkDescription description)
    {
        if (description.Minimums.FirstOrDefault(each => !description.Roles.Contains(each.Role)) is { } minimum)
            return new(RefusalCode.InvalidRole, $"offer filters name role '{minimum.Role}', which is not one of the framework's roles");
        foreach (var constraints in description.Constraints)
        {
            if (!description.Roles.Contains(constraints.Role))
                return new(RefusalCode.InvalidRole, $"offer constraints name role '{constraints.Role}', which is not one of the framework's roles");
            if (constraints.Groups.Count == 0 || constraints.Groups.Any(group => group.Count == 0))
                return new(RefusalCode.Malformed, $"offer constraints of role '{constraints.Role}' have an empty list or group");
            if (constraints.Groups.SelectMany(group => group).Select(Problem).FirstOrDefault(problem => problem is not null) is { } wrong)
                return new(RefusalCode.Malformed, $"offer constraints of role '{constraints.Role}': {wrong}");
        }
        return null;
    }

    private static string? Problem(AttributeCondition condition)
    {
        if (condition.Predicate is not (AttributePredicate.TextMatches or AttributePredicate.TextNotMatches))
            return null;
        var text = condition.Text!;
        if (text.Length > LongestExpression)
            return $"an expression is longer than {LongestExpression} characters";
        var repetitions = 1d;
        foreach (Match bound in Repetition().Matches(text))
            repetitions *= Math.Max(1, bound.Groups[1].Value.Split(',').Max(number => number.Length == 0 ? 1 : double.Parse(number, CultureInfo.InvariantCulture)));
        if (repetitions > MostRepetitions)
            return $"the expression '{text}' repeats more than {MostRepetitions} times";
        try
        {
            Wishes.Constraint(condition);
            return null;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return $"'{text}' is no expression: {e.Message}";
        }
    }

    [GeneratedRegex(@"\{([0-9]+(?:,[0-9]*)?)\}")]
    private static partial Regex Repetition();
}
