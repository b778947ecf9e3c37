using System.CommandLine;
using Bourse.Cli.Client;
using Bourse.Cli.Cluster;
using Bourse.Cli.Output;

namespace Bourse.Cli.Verbs;

/// <summary>Runs a command as tasks of the cluster, as if it ran here.</summary>
internal static class RunVerb
{
    private static readonly Option<double> Cpus = new("--cpus") { Description = "Processors of each task", DefaultValueFactory = _ => 0.1, HelpName = "N" };
    private static readonly Option<double> Mem = new("--mem") { Description = "Memory of each task, MB", DefaultValueFactory = _ => 32, HelpName = "MB" };
    private static readonly Option<string?> Name = new("--name") { Description = "Name of framework and tasks (default: the program)", HelpName = "NAME" };
    private static readonly Option<int> Instances = new("--instances") { Description = "How many tasks", DefaultValueFactory = _ => 1, HelpName = "N" };
    private static readonly Option<string[]> Secret = new("--secret") { Description = "Give the value of a secret in a variable; may be repeated", HelpName = "NAME=VARIABLE" };
    private static readonly Option<string[]> SecretFile = new("--secret-file") { Description = "Give the value of a secret in a file of the sandbox; may be repeated", HelpName = "NAME=PATH" };
    private static readonly Option<string> Principal = new("--principal") { Description = "On whose behalf", DefaultValueFactory = _ => Tokens.DefaultPrincipal, HelpName = "NAME" };
    private static readonly Argument<string[]> Argv = new("command") { Description = "The program and its arguments, after --", HelpName = "CMD", Arity = ArgumentArity.OneOrMore };

    public static Command Create()
    {
        Cpus.Validators.Add(result => AtLeast(result, 0.001));
        Mem.Validators.Add(result => AtLeast(result, 1));
        Instances.Validators.Add(result => AtLeast(result, 1));
        Secret.Validators.Add(Pairs);
        SecretFile.Validators.Add(Pairs);
        var command = new Command("run", "Run a command as a task, print its output, exit with its code")
        {
            Cpus, Mem, Name, Instances, Secret, SecretFile, Principal, Argv,
        };
        command.SetAction(Run);
        return command;
    }

    private static async Task<int> Run(ParseResult arguments, CancellationToken ending)
    {
        var screen = arguments.Screen();
        var (principal, argv) = (arguments.GetRequiredValue(Principal), arguments.GetRequiredValue(Argv));
        var (token, instances) = (arguments.TokenOf(principal), arguments.GetValue(Instances));
        if (token is null && Tokens.Load(arguments.HomeOf()) is { } known && arguments.GetResult(Principal) is { Implicit: false })
        {
            var names = known.List.Where(one => one.Kind == Tokens.Framework).Select(one => one.Principal);
            throw new CliException($"there is no token for principal {principal}, only for {string.Join(", ", names)}; `bourse up --principal {principal}` makes one");
        }

        var name = arguments.GetValue(Name) ?? Path.GetFileName(argv[0]);
        var tasks = Enumerable.Range(1, instances).Select(number => new TaskToRun(
            $"{name}-{Guid.NewGuid().ToString("N")[..8]}",
            instances == 1 ? name : $"{name}.{number}",
            arguments.GetValue(Cpus),
            arguments.GetValue(Mem),
            argv,
            Uses(arguments.GetValue(Secret)),
            Uses(arguments.GetValue(SecretFile)))).ToList();

        using var output = new TaskOutput(screen, token, prefixed: instances > 1);
        using var framework = new Framework(
            arguments.MasterAddress(), token, name, token is null ? null : principal, TimeSpan.FromMinutes(2), output.Updated, CancellationToken.None);
        output.Of = () => framework.Id!;
        await framework.Run(tasks, killAll: ending, CancellationToken.None);
        await output.Complete();
        await framework.Teardown(CancellationToken.None);

        var ends = output.Ends;
        if (screen.Json)
        {
            screen.Result(
                new
                {
                    framework = framework.Id,
                    tasks = ends.Select(end => new { id = end.Attempt, name = end.Task.Name, state = end.State, message = end.Message, exitCode = end.ExitCode, updates = output.StatesOf(end.Attempt), output = output.TextOf(end.Attempt) }),
                },
                () => { });
        }

        // A command that ended by itself says all there is to say by its exit code.
        foreach (var end in ends.Where(end => !end.EndedByItself || instances > 1 && end.ExitCode != 0))
        {
            var why = string.Join(": ", new[] { end.Message, end.Message is null ? end.Reason : null }.OfType<string>());
            screen.Note($"bourse: {end.Task.Name} {end.State.Replace("TASK_", "", StringComparison.Ordinal).ToLowerInvariant()}{(why.Length > 0 ? $": {why}" : "")}");
        }

        return ending.IsCancellationRequested ? 130 : ends.Select(end => end.ExitCode).FirstOrDefault(code => code != 0);
    }

    private static List<SecretUse> Uses(string[]? pairs) => [.. (pairs ?? []).Select(pair => new SecretUse(pair[..pair.LastIndexOf('=')], pair[(pair.LastIndexOf('=') + 1)..]))];

    private static void AtLeast(System.CommandLine.Parsing.OptionResult result, double least)
    {
        if (result.Tokens is [var token] && double.TryParse(token.Value, System.Globalization.CultureInfo.InvariantCulture, out var value) && value < least)
        {
            result.AddError($"{result.Option.Name} must be at least {least}, not {token.Value}");
        }
    }

    private static void Pairs(System.CommandLine.Parsing.OptionResult result)
    {
        if (result.Tokens.FirstOrDefault(token => token.Value.LastIndexOf('=') is not (> 0 and var at) || at == token.Value.Length - 1) is { } wrong)
        {
            result.AddError($"{result.Option.Name} wants {result.Option.HelpName}, not {wrong.Value}");
        }
    }
}
