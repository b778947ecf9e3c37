using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Bourse.Agent.Host.Processes;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Servers;
using RabbitMQ.Client;
using static Bourse.Agent.Tests.Example;

namespace Bourse.Agent.Tests.Host;

/// <summary>
/// The agent as its own process, killed with -9, on a broker of its own: a private one, or the one whose address with an almighty user
/// is in BOURSE_TEST_RABBITMQ.
/// </summary>
public sealed class KillingTheAgent : IAsyncLifetime
{
    private const string Token = "a-token-of-the-test";

    private readonly string servers = Directory.CreateTempSubdirectory("bourse-agent-broker-").FullName;
    private PrivateRabbitMq? own;
    private Uri broker = null!;

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("BOURSE_TEST_RABBITMQ") is { Length: > 0 } given)
        {
            broker = new(given);
            return;
        }
        // As rabbitmq sees it, when the tests run as root.
        File.SetUnixFileMode(servers, File.GetUnixFileMode(servers) | UnixFileMode.OtherExecute | UnixFileMode.GroupExecute);
        own = await PrivateRabbitMq.Start(Path.Combine(servers, "rabbitmq"), cancellationToken: CancellationToken.None);
        broker = own.Uri;
    }

    public async ValueTask DisposeAsync()
    {
        if (own is not null)
            await own.Stop(CancellationToken.None);
        PrivateServers.Remove(servers);
    }

    [Fact]
    public async Task Leaves_its_tasks_alone_and_loses_nothing()
    {
        await Provision(broker);
        await using var bus = new RabbitBus(broker);
        var cluster = new FakeBus { Acknowledges = true };
        await Join(cluster, bus);

        var work = Directory.CreateTempSubdirectory("bourse-agent-");
        var port = FreePort();
        using var agent = Start(broker, work.FullName, port);
        try
        {
            await Ready(port);
            cluster.Commands(Enumerable.Range(0, 20).Select<int, Func<long, Contracts.Messages.AgentCommand>>(n => number => Machine.LaunchOf(
                number, $"t{n}", new TaskCommand(Shell: true, $"echo begin; while [ ! -e {work.FullName}/go ]; do sleep 0.1; done; echo end; exit {n}"), [])));
            for (var n = 0; n < 20; n++)
                await cluster.Report(new($"t{n}"), TaskState.Running);

            using var http = new HttpClient { BaseAddress = new($"http://127.0.0.1:{port}") };
            (await http.GetAsync(new Uri("/bourse/v1/tasks/web-0001/t3/stdout", UriKind.Relative), TestContext.Current.CancellationToken))
                .StatusCode.ShouldBe(HttpStatusCode.Unauthorized);

            // Half of them end while nobody looks.
            Native.Kill(agent.Id, Native.SigKill).ShouldBe(0);
            await agent.WaitForExitAsync(TestContext.Current.CancellationToken);
            File.WriteAllText(Path.Combine(work.FullName, "go"), "");
            await RealTasks.Until(() => File.ReadAllText(Path.Combine(work.FullName, "runs", "1")).Contains("exit 0", StringComparison.Ordinal));

            using var next = Start(broker, work.FullName, port);
            try
            {
                await cluster.Report(new("t0"), TaskState.Finished);
                for (var n = 1; n < 20; n++)
                    (await cluster.Report(new($"t{n}"), TaskState.Failed)).Update.ExitCode.ShouldBe(n);
                await Ready(port);

                http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
                (await http.GetStringAsync(new Uri("/bourse/v1/tasks/web-0001/t3/stdout?follow=true", UriKind.Relative), TestContext.Current.CancellationToken))
                    .ShouldBe("begin\nend\n");
                (await http.GetAsync(new Uri("/bourse/v1/tasks/web-0001/..%2F..%2Fkey.pem/stdout", UriKind.Relative), TestContext.Current.CancellationToken))
                    .StatusCode.ShouldBe(HttpStatusCode.NotFound);

                // Every update is acknowledged, every command confirmed: nothing is left to be repeated.
                await RealTasks.Until(() => cluster.LastConfirmed == 60);
                cluster.Reports.Count.ShouldBe(40);
            }
            finally
            {
                await Kill(next);
            }
        }
        finally
        {
            await Kill(agent);
            work.Delete(recursive: true);
        }
    }

    private static async Task Join(FakeBus cluster, RabbitBus bus)
    {
        await cluster.Listen(null!, async (delivery, stopping) =>
        {
            await bus.Publish(Destination.Agent(A1), delivery.Message, delivery.Origin, stopping);
            return null;
        }, CancellationToken.None);
        var queue = new Queue($"test.{Guid.NewGuid():N}", [new(Topology.Reports, "agent-1.#")], Quorum: false);
        await bus.Listen(queue, async (delivery, stopping) =>
        {
            var report = delivery.Message is Contracts.Messages.RegisterAgent ? "register" : "any";
            await cluster.Publish(Destination.Report(A1, report), delivery.Message, delivery.Origin, stopping);
            return null;
        }, TestContext.Current.CancellationToken);
    }

    private static async Task Provision(Uri broker)
    {
        await using var connection = await new ConnectionFactory { Uri = broker }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        foreach (var exchange in (string[])[Topology.Agents, Topology.Reports])
            await channel.ExchangeDeclareAsync(exchange, ExchangeType.Topic, durable: true);
        await channel.QueueDeleteAsync(Topology.AgentQueue(A1));
    }

    private static Process Start(Uri broker, string work, int port)
    {
        var tokens = Path.Combine(work, "tokens.json");
        File.WriteAllText(tokens, $$"""{"tokens":[{"principal":"web","kind":"framework","secret":"{{Token}}"}]}""");
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = false };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "bourse-agent.dll"));
        foreach (var (name, value) in ((string, string)[])
        [
            ("RabbitMq", broker.ToString()), ("Listen", $"http://127.0.0.1:{port}"), ("Tokens", tokens),
            ("Agent__Id", "agent-1"), ("Agent__Work", work), ("Agent__Resources", "cpus:4;mem:1024"),
        ])
            start.Environment[$"Bourse__{name}"] = value;
        return Process.Start(start)!;
    }

    private static async Task Ready(int port)
    {
        using var http = new HttpClient();
        var patience = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                if ((await http.GetAsync(new Uri($"http://127.0.0.1:{port}/health/ready"), TestContext.Current.CancellationToken)).IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }
            patience.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(30));
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    private static async Task Kill(Process process)
    {
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync(CancellationToken.None);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
