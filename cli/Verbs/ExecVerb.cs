using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Bourse.Cli.Client;
using Bourse.Cli.Cluster;
using Bourse.Cli.Output;

namespace Bourse.Cli.Verbs;

/// <summary>A command beside a running task, at a terminal when this is one.</summary>
internal static class ExecVerb
{
    private static readonly Argument<string> Task = new("task") { Description = "Id of the task", HelpName = "TASK" };
    private static readonly Option<string?> Framework = new("--framework") { Description = "Its framework, when several have a task of that id", HelpName = "ID" };
    private static readonly Option<bool> NoTerminal = new("--no-tty", "-T") { Description = "No terminal, also when this is one" };
    private static readonly Argument<string[]> Argv = new("command") { Description = "The program and its arguments, after --", HelpName = "CMD", Arity = ArgumentArity.OneOrMore };

    public static Command Create()
    {
        var command = new Command("exec", "Run a command in the sandbox of a running task") { Task, Framework, NoTerminal, Argv };
        command.SetAction(Run);
        return command;
    }

    private static async Task<int> Run(ParseResult arguments, CancellationToken ending)
    {
        using var master = arguments.Master();
        var token = arguments.TokenOf(Tokens.Operator);
        var task = await TasksVerb.Find(master, arguments.GetRequiredValue(Task), arguments.GetValue(Framework), ending);
        var agents = await master.Operator("GET_AGENTS", ending);
        var agent = (agents["get_agents"]?["agents"] as JsonArray ?? []).OfType<JsonObject>()
            .FirstOrDefault(one => Words.Id(one["agent_info"]?["id"]) == Words.Id(task["agent_id"]))
            ?? throw new CliException($"agent {Words.Id(task["agent_id"])}, which runs the task, is not there");
        var address = new Uri($"http://{AgentsVerb.AddressOf(agent)}");
        var container = await ContainerSession.ContainerOf(address, token, Words.Id(task["framework_id"]), Words.Id(task["task_id"]), ending);

        using var session = new ContainerSession(address, token, container);
        await using var input = Console.OpenStandardInput();
        await using var output = Console.OpenStandardOutput();
        await using var errors = Console.OpenStandardError();
        var terminal = !arguments.GetValue(NoTerminal) && !Console.IsInputRedirected && !Console.IsOutputRedirected;
        using var raw = terminal ? new RawTerminal() : null;
        PosixSignalRegistration? watch = null;
        try
        {
            return await session.Run(
                arguments.GetRequiredValue(Argv), terminal ? (Console.WindowHeight, Console.WindowWidth) : null, input,
                terminal ? tell => watch = PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => tell(Console.WindowHeight, Console.WindowWidth)) : null,
                async (bytes, error) =>
                {
                    var to = error ? errors : output;
                    await to.WriteAsync(bytes, CancellationToken.None);
                    await to.FlushAsync(CancellationToken.None);
                },
                ending);
        }
        finally
        {
            watch?.Dispose();
        }
    }

    /// <summary>Hands every key on as it is, Ctrl-C as well, until disposed of.</summary>
    private sealed class RawTerminal : IDisposable
    {
        private readonly string before = Stty("-g").Trim();

        public RawTerminal() => Stty("raw", "-echo");

        public void Dispose() => Stty(before);

        private static string Stty(params string[] arguments)
        {
            using var stty = Process.Start(new ProcessStartInfo("stty", arguments) { RedirectStandardOutput = true, UseShellExecute = false })!;
            var said = stty.StandardOutput.ReadToEnd();
            stty.WaitForExit();
            return said;
        }
    }
}
