using System.CommandLine;
using System.Text.Json.Nodes;
using Bourse.Cli.Output;

namespace Bourse.Cli.Verbs;

/// <summary>The agents and what they have.</summary>
internal static class AgentsVerb
{
    public static Command Create()
    {
        var command = new Command("agents", "List the agents with their resources, or take one out of use")
        {
            AgentStandingVerbs.Drain(), AgentStandingVerbs.Deactivate(), AgentStandingVerbs.Reactivate(), AgentStandingVerbs.Gone(),
        };
        command.SetAction(Run);
        return command;
    }

    private static async Task<int> Run(ParseResult arguments, CancellationToken cancellationToken)
    {
        var screen = arguments.Screen();
        using var master = arguments.Master();
        var answer = await master.Operator("GET_AGENTS", cancellationToken);
        var agents = (answer["get_agents"]?["agents"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        screen.Result(answer["get_agents"] ?? new JsonObject(), () =>
        {
            if (agents is [])
            {
                Screen.Line("No agent has registered.");
                return;
            }

            Screen.Table(
                ["AGENT", "STATE", "ADDRESS", "TOTAL", "ALLOCATED", "OFFERED", "ZONE"],
                [.. agents.Select(agent => (string[])
                [
                    Words.Id(agent["agent_info"]?["id"]),
                    StateOf(agent),
                    AddressOf(agent),
                    Words.Resources(agent["total_resources"] ?? agent["agent_info"]?["resources"]),
                    Words.Resources(agent["allocated_resources"]),
                    Words.Resources(agent["offered_resources"]),
                    Words.Text(agent["agent_info"]?["domain"]?["fault_domain"]?["zone"]?["name"]),
                ])]);
        });
        return 0;
    }

    /// <summary>Active, draining, drained, deactivated, or not active when it cannot be reached.</summary>
    public static string StateOf(JsonObject agent) =>
        agent["drain_info"]?["state"]?.GetValue<string>() is { } drain ? drain.ToLowerInvariant()
        : agent["deactivated"]?.GetValue<bool>() is true ? "deactivated"
        : agent["active"]?.GetValue<bool>() is true ? "active" : "not active";

    /// <summary>Host and port, from the pid of the form <c>agent@HOST:PORT</c>.</summary>
    public static string AddressOf(JsonObject agent) => Words.Text(agent["pid"]) is var pid && pid.Contains('@', StringComparison.Ordinal)
        ? pid[(pid.IndexOf('@', StringComparison.Ordinal) + 1)..]
        : $"{Words.Text(agent["agent_info"]?["hostname"])}:{Words.Text(agent["agent_info"]?["port"])}";
}
