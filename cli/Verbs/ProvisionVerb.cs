using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json;
using Bourse.Cli.Cluster;
using Bourse.Cli.Output;
using Bourse.Contracts;

namespace Bourse.Cli.Verbs;

/// <summary>
/// Prepares given servers for a cluster whose processes somebody else runs, such as compose: users and exchanges at the broker,
/// logins and schemas in the database, tokens and the master key. Each process finds its own in <c>HOME/settings/PROCESS</c>.
/// </summary>
internal static class ProvisionVerb
{
    private static readonly Option<int> Agents = new("--agents")
    {
        Description = "How many agents, named agent-1 and so on",
        HelpName = "N",
        DefaultValueFactory = _ => 2,
    };

    private static readonly Option<string> Seen = new("--seen-as")
    {
        Description = "Where a process sees its own directory of settings",
        HelpName = "DIR",
        DefaultValueFactory = _ => "/settings",
    };

    public static Command Create()
    {
        var command = new Command(
            "provision",
            "Prepare the servers of BOURSE_POSTGRES, BOURSE_RABBITMQ and BOURSE_RABBITMQ_MANAGEMENT for processes that are run by other means") { Agents, Seen };
        command.SetAction(Run);
        return command;
    }

    private static async Task<int> Run(ParseResult arguments, CancellationToken cancellationToken)
    {
        var (screen, home, seen) = (arguments.Screen(), arguments.HomeOf(), arguments.GetValue(Seen)!);
        Directory.CreateDirectory(home.Directory);

        // Passwords and tokens of the last time are kept: saying it again changes nothing.
        var settings = Settings.Create(Settings.Load(home), Home.DefaultPort, arguments.GetValue(Agents), open: false);
        if (settings.GivenPostgres is null || settings.GivenRabbitMq is null || settings.GivenManagement is null)
            throw new CliException("BOURSE_POSTGRES, BOURSE_RABBITMQ and BOURSE_RABBITMQ_MANAGEMENT must say where the servers are");
        settings.Save(home);

        var tokens = (Tokens.Load(home) ?? new Tokens([])).With(Tokens.Operator, Tokens.Operator).With(Tokens.DefaultPrincipal, Tokens.Framework);
        tokens = settings.Agents.Aggregate(tokens, (all, agent) => all.With(agent.Id, Tokens.Agent));
        tokens.Save(home);
        if (!File.Exists(home.MasterKey))
            HomeFile.WritePrivate(home.MasterKey, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));

        await Provisioning.GivenBroker(settings, cancellationToken);
        var logins = await Provisioning.Postgres(settings.GivenPostgres, settings, cancellationToken);

        foreach (var process in Services.All.Concat(settings.Agents.Select(agent => agent.Id)))
        {
            var directory = Path.Combine(home.Directory, "settings", process);
            Directory.CreateDirectory(directory);

            new Tokens(CallersOf(process, tokens)).SaveTo(Path.Combine(directory, "tokens.json"));
            if (process == Services.Secrets)
                HomeFile.WritePrivate(Path.Combine(directory, "master.key"), await File.ReadAllTextAsync(home.MasterKey, cancellationToken));

            var own = new Dictionary<string, object?>
            {
                ["Postgres"] = logins.GetValueOrDefault(process),
                ["RabbitMq"] = Provisioning.BrokerFor(process, settings, ours: null).ToString(),
                ["Tokens"] = $"{seen}/tokens.json",
                ["MasterKeyFile"] = process == Services.Secrets ? $"{seen}/master.key" : null,
            };
            if (settings.Agents.Any(agent => agent.Id == process))
                own["Agent"] = new { Id = process };
            var given = own.Where(pair => pair.Value is not null).ToDictionary();
            HomeFile.WritePrivate(
                Path.Combine(directory, "settings.json"), JsonSerializer.Serialize(new Dictionary<string, object> { ["Bourse"] = given }, HomeFile.Form));
        }

        screen.Result(
            new { home = home.Directory, agents = settings.Agents.Select(agent => agent.Id) },
            () => Screen.Line($"Provisioned broker and database for {string.Join(", ", Services.All)} and {settings.Agents.Count} agents."));
        return 0;
    }

    // The allocator knows everybody. An agent is asked for the output of tasks by those who run them, and never by another agent.
    private static List<Token> CallersOf(string process, Tokens tokens) => process switch
    {
        Services.Allocator => [.. tokens.List],
        Services.Registry or Services.Secrets => [.. tokens.List.Where(token => token.Kind == Tokens.Operator)],
        _ => [.. tokens.List.Where(token => token.Kind != Tokens.Agent || token.Principal == process)],
    };
}
