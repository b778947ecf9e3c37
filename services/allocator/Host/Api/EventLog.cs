using System.Globalization;
using System.Runtime.CompilerServices;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Journal;

namespace Bourse.Allocator.Host.Api;

/// <summary>An event and the service whose journal it is of.</summary>
internal sealed record LoggedEvent(string Service, CommittedEvent Event)
{
    /// <summary>The fact, in its current shape.</summary>
    public IFact Fact()
    {
        var (type, toCurrent) = FactNames.Of(Service).ShapeOf(Event.Name);
        var stored = System.Text.Json.JsonSerializer.Deserialize(Event.Data, type, Json.Options)!;
        return (IFact)(toCurrent?.Invoke(stored) ?? stored);
    }
}

/// <summary>Where to start in the journals: a position of one of them, or an instant of all.</summary>
internal sealed record Start(string? Service, long Position, DateTimeOffset? Since)
{
    public static readonly Start Beginning = new(null, 1, null);

    /// <summary>Reads <c>allocator:12</c>, <c>12</c> (of <paramref name="service"/>) or an ISO 8601 instant; null when it is none.</summary>
    public static Start? Parse(string? text, string? service)
    {
        if (string.IsNullOrEmpty(text))
            return Beginning;
        if (text.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon && Services.All.Contains(text[..colon]))
            return Number(text.AsSpan(colon + 1)) is { } at && (service is null || service == text[..colon]) ? new(text[..colon], at, null) : null;
        if (service is not null && Number(text) is { } position)
            return new(service, position, null);
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var since)
            ? new(null, 1, since) : null;
    }

    private static long? Number(ReadOnlySpan<char> text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? Math.Max(number, 1) : null;
}

/// <summary>
/// The journals of all services as one story. Each service is asked for its own, page by page, over the bus; this one too, so
/// that there is one way.
/// </summary>
internal sealed class EventLog(IBus bus, Wakeup wakeup)
{
    private const int PageSize = 500;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Events in the order of their commits, an effect never before its cause. Following, it goes on with new ones as they come
    /// and yields null when nothing came for 5 s, so that a reader can tell a quiet cluster from a dead one.
    /// </summary>
    public async IAsyncEnumerable<LoggedEvent?> Read(
        IReadOnlyCollection<string> services, Start from, string? subject, bool follow, Origin origin, [EnumeratorCancellation] CancellationToken ct)
    {
        var readers = services.Where(service => from.Service is null || service == from.Service)
            .Select(service => new Reader(this, service, from, subject, origin)).ToList();
        while (true)
        {
            var waiting = wakeup.Next();
            foreach (var reader in readers)
                await reader.Fill(ct);
            while (Earliest(readers) is { } next)
            {
                yield return next.Take();
                await next.Fill(ct);
            }
            if (!follow)
                yield break;
            if (!await Came(waiting, ct))
                yield return null;
        }
    }

    /// <summary>One page of one journal.</summary>
    public Task<JournalPage> Page(string service, ReadJournal question, Origin origin, CancellationToken ct) =>
        bus.Ask<JournalPage>(Destination.Service(service), question, origin, Patience, ct);

    private static async Task<bool> Came(Task waiting, CancellationToken ct)
    {
        try
        {
            await waiting.WaitAsync(TimeSpan.FromSeconds(5), ct);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private static Reader? Earliest(List<Reader> readers)
    {
        var next = readers.Where(reader => reader.Head is not null).MinBy(reader => reader.Head!.At);
        // Clocks of two services may disagree: whatever caused an event goes first. Causes form no circle, so this ends.
        while (next?.Head is { Origin.Causation: { } causation }
            && Start.Parse(causation, null) is { Service: { } service } cause
            && readers.Find(reader => reader.Service == service) is { Head: { } head } earlier && earlier != next && head.Position <= cause.Position)
            next = earlier;
        return next;
    }

    private sealed class Reader(EventLog log, string service, Start from, string? subject, Origin origin)
    {
        private readonly Queue<CommittedEvent> page = [];
        private long position = from.Position;

        public string Service => service;

        public CommittedEvent? Head => page.TryPeek(out var head) ? head : null;

        public LoggedEvent Take() => new(service, page.Dequeue());

        public async Task Fill(CancellationToken ct)
        {
            while (page.Count == 0)
            {
                var answer = await log.Page(service, new ReadJournal(position, PageSize, subject, from.Since), origin, ct);
                foreach (var each in answer.Events)
                    page.Enqueue(each);
                position = answer.Next ?? Math.Max(position, answer.Head + 1);
                if (answer.Next is null)
                    return;
            }
        }
    }
}

/// <summary>Lets readers that follow sleep until some service has committed something.</summary>
internal sealed class Wakeup : ICommitListener<AllocatorState>
{
    private TaskCompletionSource next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes at the next commit of any service; ask before reading, so that none falls between.</summary>
    public Task Next() => Volatile.Read(ref next).Task;

    public void Leading(AllocatorState state, long epoch)
    {
        // Nothing is new because of it.
    }

    public void Committed(AllocatorState state, IReadOnlyList<Recorded> commit) => Signal();

    /// <summary>Something was committed.</summary>
    public void Signal() => Interlocked.Exchange(ref next, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
}
