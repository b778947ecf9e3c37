using System.Globalization;
using Bourse.Agent.Host.Processes;

namespace Bourse.Agent.Host.Containers.Networks;

/// <summary>What went over the interfaces of a network namespace, as seen from inside.</summary>
/// <param name="Received">What came in.</param>
/// <param name="Sent">What went out.</param>
internal sealed record NetworkUse(Traffic Received, Traffic Sent)
{
    /// <summary>The counters of the namespace that a process is in; null when it is gone, or in this process's own namespace.</summary>
    public static NetworkUse? Of(int pid)
    {
        try
        {
            // What becomes the first process of a container is not in its namespace from the very first moment.
            if (Namespace($"{pid}") is var other && (other is null || other == Namespace("self")))
                return null;
            return Parse(File.ReadLines($"/proc/{pid}/net/dev"));
        }
        // Of a process that ended and was not waited for yet, the file is there and cannot be read (EINVAL).
        catch (Exception e) when (ProcessTable.IsGone(e) || e is IOException { HResult: 22 })
        {
            return null;
        }
    }

    private static string? Namespace(string process) => new FileInfo($"/proc/{process}/ns/net").LinkTarget;

    /// <summary>Reads <c>/proc/net/dev</c>: all interfaces but the loopback, whose traffic goes nowhere.</summary>
    public static NetworkUse Parse(IEnumerable<string> lines)
    {
        var (received, sent) = (new Traffic(), new Traffic());
        // NAME: bytes packets errs drop fifo frame compressed multicast, and the same of what was sent. Two lines of headings have no colon.
        foreach (var line in lines)
        {
            if (line.Split(':') is not [var name, var counters] || name.Trim() == "lo")
                continue;
            var numbers = counters.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(number => long.Parse(number, CultureInfo.InvariantCulture)).ToArray();
            (received, sent) = (received.Plus(numbers.AsSpan(0, 4)), sent.Plus(numbers.AsSpan(8, 4)));
        }
        return new(received, sent);
    }
}

/// <summary>Counters of one direction.</summary>
/// <param name="Bytes">Bytes.</param>
/// <param name="Packets">Packets.</param>
/// <param name="Errors">Packets that were broken.</param>
/// <param name="Dropped">Packets there was no room for.</param>
internal sealed record Traffic(long Bytes = 0, long Packets = 0, long Errors = 0, long Dropped = 0)
{
    /// <summary>With the counters of one more interface.</summary>
    public Traffic Plus(ReadOnlySpan<long> counters) => new(Bytes + counters[0], Packets + counters[1], Errors + counters[2], Dropped + counters[3]);
}
