using System.Globalization;
using Bourse.Allocator.Engine;

namespace Bourse.Simulation;

internal sealed partial class AllocatorRun
{
    private FailureReport? Checks(string name, Value value, out bool isCheck)
    {
        isCheck = true;
        switch (name)
        {
            case "expect": return Made(value);
            case "expect_total": return MadeInTotal(value);
            case "expect_offer_count": return Count(value.Whole());
            case "expect_inverse": return Inverse(value);
            case "expect_share": return Shares(value);
            case "alternate": return Alternate(value.Args());
            case "operator_apply": return Apply(value.Args());
            default:
                isCheck = false;
                return null;
        }
    }

    private static FailureReport? Compare(IEnumerable<string> expected, IEnumerable<string> happened)
    {
        var (wanted, was) = (expected.Order(StringComparer.Ordinal).ToList(), happened.Order(StringComparer.Ordinal).ToList());
        return wanted.SequenceEqual(was) ? null : new(wanted, was);
    }

    private FailureReport? Made(Value value)
    {
        var wanted = value.List().Select(each =>
        {
            var one = each.Args();
            var text = Line(one.Need("fw").Text(), one.Need("role").Text(), one.Need("agent").Text(), ResourceText.Write(Resources(one.Need("res"))));
            one.End();
            return text;
        }).ToList();
        var was = sinceCheck.Select(each => Line(each.Framework, each.Role, each.Agent, each.Resources)).ToList();
        sinceCheck.Clear();
        return Compare(wanted, was);
    }

    private static string Line(string framework, string role, string agent, string resources) => $"{framework}@{role} on {agent}: {resources}";

    private FailureReport? MadeInTotal(Value value)
    {
        var wanted = value.Map().Select(each => $"{each.Key}: {ResourceText.Write(Resources(each.Value))}").ToList();
        var was = sinceCheck.GroupBy(each => $"{each.Framework}@{each.Role}")
            .Select(same => $"{same.Key}: {ResourceText.Write(same.Aggregate(Bag.Empty, (sum, each) => sum + Resources(Written(each.Resources))))}").ToList();
        sinceCheck.Clear();
        return Compare(wanted.Where(line => !line.EndsWith(": nothing", StringComparison.Ordinal)), was);
    }

    private static Value Written(string text) => new(new YamlDotNet.RepresentationModel.YamlScalarNode(text), "allocation");

    private FailureReport? Count(int expected)
    {
        var count = sinceCheck.Count;
        sinceCheck.Clear();
        return count == expected ? null : new([$"{expected} offers"], [$"{count} offers"]);
    }

    private FailureReport? Inverse(Value value)
    {
        var wanted = value.List().Select(each =>
        {
            var one = each.Args();
            var text = $"{one.Need("fw").Text()} on {one.Need("agent").Text()}";
            one.End();
            return text;
        }).ToList();
        var was = inverseSinceCheck.Select(each => $"{each.Framework} on {each.Agent}").ToList();
        inverseSinceCheck.Clear();
        return Compare(wanted, was);
    }

    private FailureReport? Shares(Value value)
    {
        List<string> wanted = [], was = [];
        foreach (var (role, share) in value.Map())
        {
            var actual = engine.ShareOf(role);
            var expected = share.IsNull ? (double?)null : share.Number();
            // Shares are written with some decimals, so they are compared with some.
            if (expected is null ? actual is null : actual is { } number && Math.Abs(number - expected.Value) < 1e-5)
                continue;
            wanted.Add($"{role}: {Text(expected)}");
            was.Add($"{role}: {Text(actual)}");
        }
        return wanted.Count == 0 ? null : new(wanted, was);

        static string Text(double? share) => share?.ToString("0.#######", CultureInfo.InvariantCulture) ?? "not tracked";
    }

    private FailureReport? Alternate(Args args)
    {
        var rounds = args.Need("rounds").Whole();
        var wanted = args.Need("counts").Map().ToDictionary(each => each.Key, each => each.Value.Whole(), StringComparer.Ordinal);
        args.End();
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var round = 1; round <= rounds; round++)
        {
            if (outstanding.Count != 1)
                return new([$"round {round}: one allocation"], [$"round {round}: {outstanding.Count}", .. outstanding.Select(each => $"{each.Client.Framework.Id} on {each.Agent.Id}")]);
            var only = outstanding[0];
            outstanding.Clear();
            sinceCheck.Clear();
            counts[only.Client.Framework.Id] = counts.GetValueOrDefault(only.Client.Framework.Id) + 1;
            engine.Release(only.Agent, only.Client, only.Bag);
            Advance(interval);
        }
        return Compare(wanted.Where(each => each.Value > 0).Select(each => $"{each.Key}: {each.Value}"), counts.Select(each => $"{each.Key}: {each.Value}"));
    }

    private FailureReport? Apply(Args args)
    {
        var agent = Agent(args.Need("agent"));
        var (consumed, produced) = (Resources(args.Take("consume")), Resources(args.Take("produce")));
        var expected = args.Take("ok")?.Truth() ?? true;
        args.End();
        var done = engine.Apply(agent, consumed, produced);
        return done == expected ? null : new([expected ? "applied" : "refused"], [done ? "applied" : $"refused: available is {ResourceText.Write(agent.Available)}"]);
    }
}
