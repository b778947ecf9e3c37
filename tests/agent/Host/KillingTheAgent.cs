using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Bourse.Agent.Host.Containers;
using Bourse.Agent.Host.Containers.Networks;
using Bourse.Agent.Host.Processes;
using Bourse.Agent.Tests.Host.Containers;
using Bourse.Contracts;
using static Bourse.Agent.Tests.Example;

namespace Bourse.Agent.Tests.Host;

/// <summary>The agent as its own process, killed with -9, on a real broker.</summary>
public sealed class KillingTheAgent : IAsyncLifetime
{
    private const string Token = "a-token-of-the-test";

    private Broker broker = null!;

    public async ValueTask InitializeAsync() => broker = await Broker.Start();

    public ValueTask DisposeAsync() => broker.DisposeAsync();

    [Fact]
    public async Task Leaves_its_tasks_alone_and_loses_nothing()
    {
        var cluster = new FakeBus { Acknowledges = true };
        await broker.Join(cluster);

        var work = Directory.CreateTempSubdirectory("bourse-agent-");
        var port = FreePort();
        using var agent = Start(work.FullName, port);
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

            using var next = Start(work.FullName, port);
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

    [Fact]
    public async Task Leaves_containers_in_their_networks_and_takes_away_what_ended_meanwhile()
    {
        await using var networks = new Networks();
        var cluster = new FakeBus { Acknowledges = true };
        await broker.Join(cluster);
        var work = Directory.CreateTempSubdirectory("bourse-agent-");
        var port = FreePort();
        var places = new RuncPlaces(work.FullName);
        (string, string)[] isolated = [("Agent__Containers__Isolation", "always"), ("Agent__Containers__NetworkDirectory", networks.Directory)];
        using var agent = Start(work.FullName, port, isolated);
        try
        {
            await Ready(port);
            var joined = new TaskContainer(Docker: false, Network: NetworkMode.Joined, Networks: [new("blue")]);
            var waits = "while [ ! -e $MESOS_SANDBOX/go ]; do sleep 0.1; done";
            TaskSpec[] tasks =
            [
                Ground.Shell("stays", "echo hello > index.html; exec busybox httpd -f -p 8080 -h .", joined),
                Ground.Shell("ends", $"{waits}; exit 5", joined),
                Ground.Shell("overdraws", $"{waits}; x=$(head -c 300000000 /dev/zero | tr '\\0' x); echo ${{#x}}", joined, memMb: 48),
            ];
            cluster.Commands(tasks.Select<TaskSpec, Func<long, Contracts.Messages.AgentCommand>>(spec => number => new Contracts.Messages.LaunchTask(number, Web, spec.Id, spec, "web", "")));
            var stays = (await cluster.Report(new("stays"), TaskState.Running)).Update.Container.ShouldNotBeNull();
            await cluster.Report(new("ends"), TaskState.Running);
            await cluster.Report(new("overdraws"), TaskState.Running);
            networks.GivenOut.Count().ShouldBe(3);

            Native.Kill(agent.Id, Native.SigKill).ShouldBe(0);
            await agent.WaitForExitAsync(TestContext.Current.CancellationToken);
            foreach (var task in (string[])["ends", "overdraws"])
                File.WriteAllText(Path.Combine(work.FullName, "sandboxes", Web.Value, task, "go"), "");
            await RealTasks.Until(() => new[] { 2, 3 }.All(run => File.ReadAllText(Path.Combine(work.FullName, "runs", $"{run}")).Contains("exit", StringComparison.Ordinal)));
            // Nobody is there to take away what they had.
            networks.GivenOut.Count().ShouldBe(3);

            using var next = Start(work.FullName, port, isolated);
            try
            {
                (await cluster.Report(new("ends"), TaskState.Failed)).Update.ExitCode.ShouldBe(5);
                (await cluster.Report(new("overdraws"), TaskState.Failed)).Update.Reason.ShouldBe("REASON_CONTAINER_LIMITATION_MEMORY");
                networks.GivenOut.ShouldBe(stays.Networks[0].Addresses);
                CniNetworks.Named(places.Prefix).ShouldBe([stays.Id]);
                new Cgroups(File.ReadLines("/proc/self/mountinfo")).Below(places.CgroupOfAgent).Count().ShouldBe(1);

                // It serves as before, and ends by the new agent's hand.
                using var http = new HttpClient();
                (await http.GetStringAsync(new Uri($"http://{stays.Networks[0].Addresses[0]}:8080/"), TestContext.Current.CancellationToken)).ShouldBe("hello\n");
                cluster.Command(number => new Contracts.Messages.KillTask(number, Web, new("stays"), TimeSpan.Zero));
                (await cluster.Report(new("stays"), TaskState.Killed)).Update.Container.ShouldBe(stays);
                networks.GivenOut.ShouldBeEmpty();
                CniNetworks.Named(places.Prefix).ShouldBeEmpty();
                await RealTasks.Until(() => !places.Runs().Any());
                File.ReadLines("/proc/self/mountinfo").ShouldNotContain(line => line.Contains(work.FullName, StringComparison.Ordinal));
            }
            finally
            {
                await Kill(next);
            }
        }
        finally
        {
            await Kill(agent);
            using (var left = await Containment.Make(work.FullName, networks.Settings, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance))
                await left.RemoveOrphans(new HashSet<long>(), CancellationToken.None);
            work.Delete(recursive: true);
        }
    }

    private Process Start(string work, int port, params (string, string)[] more)
    {
        var tokens = Path.Combine(work, "tokens.json");
        File.WriteAllText(tokens, $$"""{"tokens":[{"principal":"web","kind":"framework","secret":"{{Token}}"}]}""");
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = false };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "bourse-agent.dll"));
        foreach (var (name, value) in ((string, string)[])
        [
            ("RabbitMq", broker.Uri.ToString()), ("Listen", $"http://127.0.0.1:{port}"), ("Tokens", tokens),
            ("Agent__Id", "agent-1"), ("Agent__Work", work), ("Agent__Resources", "cpus:4;mem:1024"),
            .. more,
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
