using System.Diagnostics;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Journal.Tests.Counting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bourse.Journal.Tests.Crashing;

using CounterLoop = JournalLoop<CounterState, CounterCommand>;

/// <summary>
/// A service in a process of its own: this test program, started again with a role in its environment. It kills itself at the point
/// it is told; the product knows nothing of that.
/// </summary>
internal static class Child
{
    public const string Role = "BOURSE_TEST_CHILD";

    /// <summary>Starts a child; it prints a line for each thing done.</summary>
    public static Process Launch(string role, string database, Uri broker, string service, string? dieAt = null, int dieAfter = 0)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardInput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(Child).Assembly.Location);
        start.Environment[Role] = role;
        start.Environment["CHILD_DATABASE"] = database;
        start.Environment["CHILD_BROKER"] = broker.OriginalString;
        start.Environment["CHILD_SERVICE"] = service;
        start.Environment["CHILD_DIE_AT"] = dieAt ?? "";
        start.Environment["CHILD_DIE_AFTER"] = $"{dieAfter}";
        return Process.Start(start)!;
    }

    /// <summary>Is the service of a role until it is told to stop, or dies.</summary>
    public static async Task Run(string role)
    {
        var service = Environment.GetEnvironmentVariable("CHILD_SERVICE")!;
        var broker = new Uri(Environment.GetEnvironmentVariable("CHILD_BROKER")!);
        var name = role == "mirror" ? $"{service}_mirror" : service;
        var core = new CounterCore(name);
        await using var store = new DyingStore(new MartenJournal(Environment.GetEnvironmentVariable("CHILD_DATABASE")!, name, CounterCore.Names));
        await using var publisher = new DyingPublisher(Bourse.Bus.Hosting.Publisher(broker, name, NullLoggerFactory.Instance));
        await using var bus = new DyingBus(MassTransitBus.Start(broker, name, NullLoggerFactory.Instance));
        await using var relay = new Relay(store, publisher);
        using var loop = new CounterLoop(core, store, relay: relay, options: new JournalOptions { SnapshotEvents = 50, SegmentEvents = 120 });
        await loop.StartAsync(CancellationToken.None);
        await loop.WhenLeading(CancellationToken.None);
        using var requests = new JournalRequests<CounterState, CounterCommand>(core, store, loop, bus);
        await requests.StartAsync(CancellationToken.None);

        if (role == "mirror")
        {
            using var follower = Mirroring.Follow(loop, name, service, bus);
            await follower.StartAsync(CancellationToken.None);
            await follower.Listening;
            await Console.Out.WriteLineAsync("ready");
            await Console.In.ReadLineAsync();
            await follower.StopAsync(CancellationToken.None);
        }
        else
        {
            await Console.Out.WriteLineAsync("ready");
            // Eight callers at once; each line is an answer that was given.
            while (await Console.In.ReadLineAsync() is { Length: > 0 } line)
            {
                var first = int.Parse(line, System.Globalization.CultureInfo.InvariantCulture);
                await Task.WhenAll(Enumerable.Range(first, 8).Select(async i =>
                {
                    await loop.Send(new Add("a", 1, $"{i}"), new Origin("alice", $"c-{i}"), CancellationToken.None);
                    lock (Console.Out)
                        Console.Out.WriteLine($"done {i}");
                }));
                await Console.Out.WriteLineAsync("next");
            }
            while (relay.Published < loop.Head)
                await Task.Delay(10);
        }
        await requests.StopAsync(CancellationToken.None);
        await loop.StopAsync(CancellationToken.None);
        await Console.Out.WriteLineAsync("stopped");
    }

    private static int left = int.Parse(Environment.GetEnvironmentVariable("CHILD_DIE_AFTER") ?? "0", System.Globalization.CultureInfo.InvariantCulture);

    private static void MayDie(string point)
    {
        if (Environment.GetEnvironmentVariable("CHILD_DIE_AT") != point || Interlocked.Decrement(ref left) != 0)
            return;
        // SIGKILL: nothing is flushed, closed or rolled back by us.
        Process.GetCurrentProcess().Kill();
        Thread.Sleep(Timeout.Infinite);
    }

    private sealed class DyingStore(IJournalStore inner) : IJournalStore
    {
        public string Service => inner.Service;

        public NameTable Names => inner.Names;

        public Task Prepare(CancellationToken cancellationToken) => inner.Prepare(cancellationToken);

        public Task<ILeadership> Lead(Action waiting, CancellationToken cancellationToken) => inner.Lead(waiting, cancellationToken);

        public Task<JournalHead> Head(CancellationToken cancellationToken) => inner.Head(cancellationToken);

        public async Task<JournalHead> Append(JournalHead head, Append append, CancellationToken cancellationToken)
        {
            MayDie("before append");
            var after = await inner.Append(head, append, cancellationToken);
            MayDie("after append");
            return after;
        }

        public IAsyncEnumerable<Entry> Read(long from, long to, CancellationToken cancellationToken) => inner.Read(from, to, cancellationToken);

        public IAsyncEnumerable<Entry> ReadSubject(string subject, long from, long to, int max, CancellationToken cancellationToken) =>
            inner.ReadSubject(subject, from, to, max, cancellationToken);

        public Task<long> PositionAt(DateTimeOffset time, CancellationToken cancellationToken) => inner.PositionAt(time, cancellationToken);

        public Task<Snapshot?> Snapshot(long atOrBefore, CancellationToken cancellationToken) => inner.Snapshot(atOrBefore, cancellationToken);

        public Task Save(Snapshot snapshot, CancellationToken cancellationToken) => inner.Save(snapshot, cancellationToken);

        public Task Published(long position, CancellationToken cancellationToken) => inner.Published(position, cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }

    private sealed class DyingPublisher(IPublisher inner) : IPublisher
    {
        public async ValueTask<Task> Post(Post post, CancellationToken cancellationToken)
        {
            MayDie("before publish");
            var confirmed = await inner.Post(post, cancellationToken);
            MayDie("after publish");
            return Confirm(confirmed);
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();

        private static async Task Confirm(Task confirmed)
        {
            await confirmed;
            MayDie("after confirm");
        }
    }

    private sealed class DyingBus(IBus inner) : IBus
    {
        public event Action? Reconnected
        {
            add => inner.Reconnected += value;
            remove => inner.Reconnected -= value;
        }

        public Task Publish(Destination to, object message, Origin origin, CancellationToken cancellationToken) =>
            inner.Publish(to, message, origin, cancellationToken);

        public Task<TAnswer> Ask<TAnswer>(Destination to, object question, Origin origin, TimeSpan patience, CancellationToken cancellationToken)
            where TAnswer : class => inner.Ask<TAnswer>(to, question, origin, patience, cancellationToken);

        public Task Listen(Queue queue, Func<Delivery, CancellationToken, Task<object?>> handle, CancellationToken cancellationToken) =>
            inner.Listen(queue, async (delivery, token) =>
            {
                MayDie("before handling");
                var answer = await handle(delivery, token);
                MayDie("before ack");
                return answer;
            }, cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}

/// <summary>Runs the tests, or one of the services that they kill.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        if (Environment.GetEnvironmentVariable(Child.Role) is not { Length: > 0 } role)
            return await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
        await Child.Run(role);
        return 0;
    }
}
