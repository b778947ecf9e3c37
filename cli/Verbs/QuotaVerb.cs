using System.CommandLine;
using System.Text.Json.Nodes;
using Bourse.Cli.Client;
using Bourse.Cli.Output;

namespace Bourse.Cli.Verbs;

/// <summary>What is kept for roles and what they may have at most.</summary>
internal static class QuotaVerb
{
    private static readonly Argument<string> Role = new("role") { Description = "The role, such as web or eng/ui; its quota binds everything below it", HelpName = "ROLE" };
    private static readonly Option<string?> Guarantee = new("--guarantee") { Description = "What others leave to it; stays as it is when not named, \"\" for none", HelpName = "cpus:2;mem:1024" };
    private static readonly Option<string?> Limit = new("--limit") { Description = "What it never exceeds; stays as it is when not named, \"\" for none", HelpName = "cpus:4" };
    private static readonly Option<bool> Force = new("--force") { Description = "Even when the cluster cannot keep it, or the role has more already" };

    public static Command Create()
    {
        var list = new Command("ls", "List the quotas and what is used of them");
        list.SetAction(List);
        var set = new Command("set", "Set a role's quota") { Role, Guarantee, Limit, Force };
        set.SetAction(Set);
        var remove = new Command("rm", "Remove a role's quota") { Role };
        remove.SetAction(Remove);
        var quota = new Command("quota", "Show or say what is kept for roles and what they may have at most") { list, set, remove };
        quota.SetAction(List);
        return quota;
    }

    private static async Task<int> List(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var master = arguments.Master();
        var answer = await master.Get("/roles", cancellationToken);
        var quotas = (answer["roles"] as JsonArray ?? []).OfType<JsonObject>().Select(role => role["quota"]).OfType<JsonObject>()
            .Where(quota => quota["guarantee"] is JsonObject { Count: > 0 } || quota["limit"] is JsonObject { Count: > 0 }).ToList();
        arguments.Screen().Result(new { quotas }, () =>
        {
            if (quotas is [])
            {
                Screen.Line("No role has a quota.");
                return;
            }

            Screen.Table(
                ["ROLE", "GUARANTEE", "LIMIT", "CONSUMED"],
                [.. quotas.Select(quota => (string[])
                [
                    Words.Text(quota["role"]), RolesVerb.Amounts(quota["guarantee"]), RolesVerb.Amounts(quota["limit"]), RolesVerb.Amounts(quota["consumed"]),
                ])]);
        });
        return 0;
    }

    private static async Task<int> Set(ParseResult arguments, CancellationToken cancellationToken)
    {
        var role = arguments.GetRequiredValue(Role);
        if (arguments.GetValue(Guarantee) is null && arguments.GetValue(Limit) is null)
        {
            throw new CliException("name --guarantee or --limit, or both");
        }

        using var master = arguments.Master();
        var answer = await master.Operator("GET_QUOTA", cancellationToken);
        var before = (answer["get_quota"]?["status"]?["configs"] as JsonArray ?? []).FirstOrDefault(one => Words.Text(one?["role"]) == role);
        var guarantees = Named("--guarantee", arguments.GetValue(Guarantee), before?["guarantees"]);
        var limits = Named("--limit", arguments.GetValue(Limit), before?["limits"]);
        await Update(master, role, guarantees, limits, arguments.GetValue(Force), cancellationToken);
        arguments.Screen().Result(
            new { role, guarantee = guarantees, limit = limits },
            () => Screen.Line($"Role {role}: {(guarantees.Count > 0 ? $"guaranteed {Text(guarantees)}" : "no guarantee")}, {(limits.Count > 0 ? $"at most {Text(limits)}" : "no limit")}."));
        return 0;
    }

    private static async Task<int> Remove(ParseResult arguments, CancellationToken cancellationToken)
    {
        var role = arguments.GetRequiredValue(Role);
        using var master = arguments.Master();
        await Update(master, role, [], [], force: false, cancellationToken);
        arguments.Screen().Result(new { role, removed = true }, () => Screen.Line($"Role {role} has no quota."));
        return 0;
    }

    private static Task Update(
        Master master, string role, Dictionary<string, double> guarantees, Dictionary<string, double> limits, bool force, CancellationToken cancellationToken) =>
        master.Change(HttpMethod.Post, "/api/v1", Master.Json(new
        {
            type = "UPDATE_QUOTA",
            update_quota = new { force, quota_configs = new[] { new { role, guarantees = Values(guarantees), limits = Values(limits) } } },
        }), cancellationToken);

    private static Dictionary<string, object> Values(Dictionary<string, double> amounts) => amounts.ToDictionary(each => each.Key, each => (object)new { value = each.Value });

    private static Dictionary<string, double> Named(string option, string? text, JsonNode? before) => text is not null
        ? Amounts.Parse(option, text)
        : (before as JsonObject ?? []).ToDictionary(each => each.Key, each => each.Value!["value"]!.GetValue<double>());

    private static string Text(Dictionary<string, double> amounts) => string.Join(", ", amounts.Select(each => FormattableString.Invariant($"{each.Key} {each.Value}")));
}
