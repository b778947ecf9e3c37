using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Bourse.SystemTests;

/// <summary>What a command line did.</summary>
public sealed record Outcome(int ExitCode, string Output, string Errors)
{
    public JsonObject Json => JsonNode.Parse(Output)!.AsObject();

    public override string ToString() => $"exit code {ExitCode}\n{Output}\n{Errors}";
}

/// <summary>Runs programs to their end.</summary>
public static class CommandLine
{
    private static readonly DirectoryInfo Here = new(AppContext.BaseDirectory); // tests/system/bin/CONFIGURATION/net10.0

    private static readonly string Cli = Path.Combine(
        Here.Parent!.Parent!.Parent!.Parent!.Parent!.FullName, "cli", "bin", Here.Parent.Name, Here.Name, "bourse-cli.dll");

    public static Task<Outcome> Bourse(string workingDirectory, params IEnumerable<string> arguments) =>
        Run("dotnet", workingDirectory, TimeSpan.FromMinutes(5), ["exec", Cli, .. arguments]);

    public static async Task<Outcome> Run(string program, string workingDirectory, TimeSpan patience, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = workingDirectory,
        };
        foreach (var variable in new[] { "BOURSE_HOME", "BOURSE_MASTER", "BOURSE_TOKEN", "BOURSE_POSTGRES", "BOURSE_RABBITMQ" })
        {
            start.Environment.Remove(variable);
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var late = new CancellationTokenSource(patience);
        try
        {
            await process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end within {patience}:\n{await output}\n{await errors}");
        }

        return new Outcome(process.ExitCode, await output, await errors);
    }
}
