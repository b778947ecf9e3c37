using System.Diagnostics;
using System.Globalization;
using Bourse.Allocator;
using Bourse.Allocator.Host.Loop;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Journal;
using Bourse.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using RabbitMQ.Client;
using Launch = Bourse.Allocator.Launch;

namespace Bourse.Bench.Placements;

/// <summary>
/// Durable placements: the allocator's own rules, loop, journal (PostgreSQL that waits for the disk) and relay (RabbitMQ with
/// confirms), simulated agents, no process started and no HTTP. Each task is placed by an ACCEPT of its own; a placement counts once
/// it is committed, and once its command to the agent and its event are on the broker.
/// </summary>
internal static class PlacementBench
{
    private const int Agents = 5000, Tasks = 10_000, Frameworks = 10, InFlight = 512, Runs = 3;

    private static readonly Origin Own = new("bench", "bench");

    public static async Task<int> Run()
    {
        var directory = Path.Combine(Path.GetTempPath(), $"bourse-bench-{Environment.ProcessId}");
        await using var servers = await PrivateServers.Start(directory, durable: true);
        Say($"{Agents} agents, {Tasks} tasks of {Frameworks} frameworks; {Environment.ProcessorCount} processors; load {File.ReadAllText("/proc/loadavg").Trim()}; {DateTimeOffset.UtcNow:u}");
        await Declare(servers.RabbitMq.Uri);
        for (var run = 1; run <= Runs; run++)
        {
            var schema = $"placements{run}";
            await Measure(servers, schema);
        }
        Say($"load after: {File.ReadAllText("/proc/loadavg").Trim()}");
        return 0;
    }

    private static async Task Measure(PrivateServers servers, string schema)
    {
        await using var publisher = Bourse.Bus.Hosting.Publisher(servers.RabbitMq.Uri, schema, NullLoggerFactory.Instance);
        var store = new MartenJournal(servers.Postgres.ConnectionString, schema, FactNames.Allocator);
        await using var relay = new Relay(store, publisher, [new AgentRoutes()]);
        using var loop = new JournalLoop<AllocatorState, AllocatorCommand>(new AllocatorCore(), store, [], relay);
        await loop.StartAsync(CancellationToken.None);
        await loop.WhenLeading(CancellationToken.None);
        try
        {
            await Task.WhenAll(Enumerable.Range(0, Agents).Select(n => loop.Send(new AgentJoined(Machine(n), 1, DateTimeOffset.UtcNow), Own, default)));
            for (var n = 0; n < Frameworks; n++)
                await loop.Send(new Subscribe(null, Description(n), [], new($"bench-{n}"), DateTimeOffset.UtcNow), Own, default);
            await Published(relay, loop);

            var (since, before, cpu) = (Stopwatch.GetTimestamp(), loop.Head, Process.GetCurrentProcess().TotalProcessorTime);
            await Place(loop);
            var committed = Stopwatch.GetElapsedTime(since);
            await Published(relay, loop);
            var published = Stopwatch.GetElapsedTime(since);
            var spent = Process.GetCurrentProcess().TotalProcessorTime - cpu;
            Say($"{schema}: {Tasks / committed.TotalSeconds:0} placements/s committed, {Tasks / published.TotalSeconds:0} placements/s committed and published; {loop.Head - before} events, {spent.TotalMilliseconds * 1000 / Tasks:0} us CPU each in this process");
        }
        finally
        {
            await loop.StopAsync(CancellationToken.None);
        }
    }

    private static async Task Place(JournalLoop<AllocatorState, AllocatorCommand> loop)
    {
        using var room = new SemaphoreSlim(InFlight, InFlight);
        var accepting = new List<Task>();
        var placed = 0;
        while (placed < Tasks)
        {
            var cycle = await loop.Send(new Allocate(DateTimeOffset.UtcNow), Own, default);
            foreach (var made in cycle.OfType<OffersMade>())
                foreach (var offer in made.Offers)
                {
                    // What is more than enough is left unanswered.
                    if (placed == Tasks)
                        break;
                    await room.WaitAsync();
                    accepting.Add(Accept(made.FrameworkId, offer, placed++));
                }
        }
        await Task.WhenAll(accepting);

        async Task Accept(FrameworkId framework, OfferedResources offer, int number)
        {
            var id = new TaskId($"t{number}");
            var decision = await loop.Send(
                new Accept(framework, [offer.Id], [new Launch(id, offer.AgentId, Spec(id))], TimeSpan.Zero, DateTimeOffset.UtcNow), Own, default);
            room.Release();
            if (!decision.OfType<TaskLaunched>().Any())
                throw new InvalidOperationException($"task {number} was not placed: {decision}");
        }
    }

    private static async Task Published(Relay relay, JournalLoop<AllocatorState, AllocatorCommand> loop)
    {
        // The relay signals no progress; a millisecond is far below what is measured.
        while (relay.Published < loop.Head)
            await Task.Delay(1);
    }

    // The exchanges, and one queue that takes what every agent is told.
    private static async Task Declare(Uri broker)
    {
        await using var connection = await new ConnectionFactory { Uri = broker }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        foreach (var name in (string[])[Topology.Events, Topology.Commits, Topology.Agents])
            await channel.ExchangeDeclareAsync(name, ExchangeType.Topic, durable: true);
        await channel.QueueDeclareAsync("bourse.bench.agents", durable: true, exclusive: false, autoDelete: false);
        await channel.QueueBindAsync("bourse.bench.agents", Topology.Agents, "#");
        // Somebody listens to all events, as a deployment has it.
        await channel.QueueDeclareAsync("bourse.bench.events", durable: true, exclusive: false, autoDelete: false);
        await channel.QueueBindAsync("bourse.bench.events", Topology.Events, "#");
    }

    private static AgentDescription Machine(int n) => new(
        new($"agent-{n:0000}"), $"agent-{n:0000}.example", "127.0.0.1", 5051,
        Resources.Of(Resource.Of("cpus", 8), Resource.Of("mem", 32768), Resource.Of("disk", 100_000), Resource.Of("ports", new Interval(31000, 32000))), [], null, "1", "");

    private static FrameworkDescription Description(int n) =>
        new($"bench-{n}", "nobody", [$"role-{n}"], ["MULTI_ROLE", "PARTITION_AWARE"], TimeSpan.FromHours(1), "bench");

    private static TaskSpec Spec(TaskId id) => new(
        id, id.Value, Resources.Of(Resource.Of("cpus", 1), Resource.Of("mem", 512)), new TaskCommand(Shell: true, "true"), [], TimeSpan.FromSeconds(3));

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
