using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Bourse.Bench;

/// <summary>A cluster of one agent on this machine: <c>bourse up</c>, and <c>bourse down</c> when disposed. Its home stays.</summary>
internal sealed class LocalCluster : IAsyncDisposable
{
    private readonly string program;
    private readonly string home;

    private LocalCluster(string root, string home, int port)
    {
        (program, this.home) = (Path.Combine(root, "bourse"), home);
        Master = new($"http://127.0.0.1:{port}");
    }

    /// <summary>The allocator's address.</summary>
    public Uri Master { get; }

    /// <summary>The operator's.</summary>
    public string Token { get; private set; } = "";

    public static async Task<LocalCluster> Up(string root, string home, int port, CancellationToken ct)
    {
        var cluster = new LocalCluster(root, home, port);
        try
        {
            await cluster.Run("up", "--home", home, "--agents", "1", "--port", $"{port}");
            var tokens = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(home, "tokens.json"), ct))!["tokens"]!.AsArray();
            cluster.Token = (string)tokens.First(token => (string)token!["kind"]! == "operator")!["secret"]!;
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>What <c>bourse status</c> says of its processes.</summary>
    public async Task<JsonNode> Status()
    {
        using var process = Process.Start(new ProcessStartInfo(program, ["status", "--home", home, "--output", "json"]) { RedirectStandardOutput = true })!;
        return JsonNode.Parse(await process.StandardOutput.ReadToEndAsync())!;
    }

    public async ValueTask DisposeAsync() => await Run("down", "--home", home);

    private async Task Run(params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"bourse {arguments[0]} exited with {process.ExitCode}");
    }
}
