using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Bourse.Servers;

namespace Bourse.SystemTests;

/// <summary>All tests use one cluster, one after the other: some of them wound it.</summary>
[CollectionDefinition(Name)]
public sealed class OneCluster : ICollectionFixture<Cluster>
{
    public const string Name = "one cluster";
}

/// <summary>The cluster of all tests: real processes, brought up and taken down by the command line as people do it.</summary>
public sealed class Cluster : IAsyncLifetime
{
    public static readonly string[] Principals = ["analytics", "web"];

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("bourse-system-");

    public string Home => Path.Combine(directory.FullName, "home");

    public int Port { get; } = FreeRow(4);

    public Uri Master => new($"http://127.0.0.1:{Port}");

    public async ValueTask InitializeAsync()
    {
        // As postgres and rabbitmq see it, when the tests run as root.
        File.SetUnixFileMode(directory.FullName, File.GetUnixFileMode(directory.FullName) | UnixFileMode.OtherExecute | UnixFileMode.GroupExecute);
        var up = await Cli(["up", "--port", $"{Port}", "--agents", "3", "--open", .. Principals.SelectMany(name => new[] { "--principal", name })]);
        up.ExitCode.ShouldBe(0, up.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        var down = await Cli("down");
        down.ExitCode.ShouldBe(0, down.ToString());
        directory.Delete(recursive: true);
    }

    /// <summary>Runs a verb on this cluster.</summary>
    public Task<Outcome> Cli(params IEnumerable<string> arguments)
    {
        // The options go first: behind `--` they would be the task's.
        var all = arguments.ToList();
        return CommandLine.Bourse(directory.FullName, [all[0], "--home", Home, .. all.Skip(1)]);
    }

    /// <summary>Runs a verb for programs.</summary>
    public async Task<JsonObject> Ask(params IEnumerable<string> arguments)
    {
        var all = arguments.ToList();
        var outcome = await Cli([all[0], "--output", "json", .. all.Skip(1)]);
        outcome.ExitCode.ShouldBe(0, outcome.ToString());
        return outcome.Json;
    }

    /// <summary>The events of the journal, oldest first.</summary>
    public async Task<List<JsonObject>> Events(params IEnumerable<string> filters)
    {
        var outcome = await Cli(["events", "--output", "json", .. filters]);
        outcome.ExitCode.ShouldBe(0, outcome.ToString());
        return [.. outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject())];
    }

    /// <summary>Fails unless the journal folds to the live state and every guarantee holds.</summary>
    public async Task Verify()
    {
        var outcome = await Cli("replay", "verify");
        outcome.ExitCode.ShouldBe(0, outcome.ToString());
        outcome.Output.ShouldContain("Every guarantee checked holds");
    }

    /// <summary>A supervised process as <c>status</c> shows it.</summary>
    public async Task<JsonObject> Process(string name)
    {
        var status = await Cli("status", "--output", "json");
        return status.Json["processes"]!.AsArray().Single(process => process!["name"]!.GetValue<string>() == name)!.AsObject();
    }

    /// <summary>Kills a process with SIGKILL and returns what it was.</summary>
    public async Task<JsonObject> Kill(string name)
    {
        var process = await Process(name);
        var identity = ProcessIdentity.Of(process["pid"]!.GetValue<int>());
        identity.ShouldNotBeNull();
        identity.Kill();
        return process;
    }

    /// <summary>Waits until the supervision has started it again.</summary>
    public Task Restarted(JsonObject before) => Until($"{before["name"]} is started again", async () =>
    {
        var now = await Process(before["name"]!.GetValue<string>());
        return now["state"]!.GetValue<string>() == "ready" && now["restarts"]!.GetValue<int>() > before["restarts"]!.GetValue<int>();
    });

    /// <summary>Waits until something outside this process holds.</summary>
    public static async Task Until(string what, Func<Task<bool>> holds)
    {
        for (var since = DateTime.UtcNow; !await holds(); await Task.Delay(200))
        {
            (DateTime.UtcNow - since).ShouldBeLessThan(TimeSpan.FromMinutes(1), $"waiting until {what}");
        }
    }

    public string TokenOf(string principal) => JsonNode.Parse(File.ReadAllText(Path.Combine(Home, "tokens.json")))!["tokens"]!.AsArray()
        .Single(token => token!["principal"]!.GetValue<string>() == principal)!["secret"]!.GetValue<string>();

    /// <summary>A caller of the HTTP API.</summary>
    public HttpClient Caller(string? principal)
    {
        var http = new HttpClient { BaseAddress = Master, Timeout = TimeSpan.FromSeconds(30) };
        http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        http.DefaultRequestHeaders.Authorization = principal is null ? null : new AuthenticationHeaderValue("Bearer", TokenOf(principal));
        return http;
    }

    public static int FreeRow(int count)
    {
        // Below the range that the system gives to outgoing connections.
        for (var first = 15050; first < 30000; first += 10)
        {
            if (Enumerable.Range(first, count).All(Ports.IsFree))
            {
                return first;
            }
        }

        throw new InvalidOperationException($"no {count} free ports in a row");
    }
}
