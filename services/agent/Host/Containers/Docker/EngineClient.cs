using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Bourse.Agent.Host.Containers.Docker;

/// <summary>The engine's own command line, spoken to like any other tool of the machine.</summary>
/// <param name="program">Where it is.</param>
/// <param name="host">The engine's address.</param>
internal sealed class EngineClient(string program, string host)
{
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromSeconds(1);

    public string Program => program;

    public string Host => host;

    /// <summary>Runs one command to its end.</summary>
    public Task<Tool.Result> Run(CancellationToken cancelled, params IEnumerable<string> arguments) =>
        Tool.Run(program, ["--host", host, .. arguments], cancelled);

    /// <summary>Why the engine does not answer; null when it does.</summary>
    public async Task<string?> Silence(CancellationToken cancelled) =>
        await Run(cancelled, "version", "--format", "{{.Server.Version}}") is { Code: not 0 } failed ? failed.Complaint : null;

    /// <summary>Runs a command that must be done sooner or later: an engine that is away is waited for.</summary>
    public async Task<Tool.Result> RunWhenThere(CancellationToken cancelled, params IReadOnlyList<string> arguments)
    {
        while (true)
        {
            var result = await Run(cancelled, arguments);
            if (result.Code == 0 || await Silence(cancelled) is null)
                return result;
            await Task.Delay(BetweenAttempts, cancelled);
        }
    }

    /// <summary>What the engine knows of a container; null when there is none of that name.</summary>
    public async Task<JsonNode?> Inspect(string container, CancellationToken cancelled)
    {
        var result = await RunWhenThere(cancelled, "container", "inspect", container);
        return result.Code == 0 ? JsonNode.Parse(result.Output)![0]
            : result.Error.Contains("No such container", StringComparison.OrdinalIgnoreCase) ? null
            : throw new IOException($"container {container} could not be looked at: {result.Complaint}");
    }

    /// <summary>Returns once a container has been started.</summary>
    /// <param name="container">The container.</param>
    /// <param name="since">When it had not been.</param>
    /// <param name="cancelled">Ends the waiting.</param>
    public async Task WaitForStart(string container, DateTimeOffset since, CancellationToken cancelled)
    {
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardOutput = true };
        foreach (var argument in (string[])["--host", host, "events", "--since", $"{since.ToUnixTimeSeconds()}", "--filter", "type=container",
            "--filter", "event=start", "--filter", $"container={container}", "--format", "{{.Action}}"])
            start.ArgumentList.Add(argument);
        start.Environment.Clear();
        using var events = Process.Start(start)!;
        try
        {
            // Null when the engine went away: there is nothing to wait for then.
            _ = await events.StandardOutput.ReadLineAsync(cancelled);
        }
        finally
        {
            // It would listen for ever.
            events.Kill();
            await events.WaitForExitAsync(CancellationToken.None);
        }
    }
}
