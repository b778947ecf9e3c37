using System.Diagnostics;
using System.Threading.Channels;
using Bourse.Agent.Host.Containers;
using Bourse.Agent.Host.Processes;
using Bourse.Agent.Host.Sandboxes;
using Bourse.Contracts;
using V1 = Bourse.MesosV1;

namespace Bourse.Agent.Host.Nested;

/// <summary>A container's id with those it lies in, outermost first.</summary>
internal readonly record struct ContainerPath(string Text)
{
    private const int Deepest = 32;

    public static ContainerPath? Of(V1.ContainerID id)
    {
        var parts = new Stack<string>();
        for (var next = id; next is not null; next = next.Parent)
        {
            // Each becomes a directory.
            if (!Fetching.Unpacking.IsInside(next.Value) || next.Value.Contains('/', StringComparison.Ordinal) || parts.Count == Deepest)
                return null;
            parts.Push(next.Value);
        }
        return new(string.Join('/', parts));
    }

    /// <summary>The outermost one.</summary>
    public string Root => Text.Split('/')[0];

    public bool HasParent => Text.Contains('/', StringComparison.Ordinal);

    public override string ToString() => Text;
}

/// <summary>The process that a container is made beside.</summary>
/// <param name="Supervisor">Its supervisor.</param>
/// <param name="Sandbox">Its directory.</param>
/// <param name="User">Its user.</param>
/// <param name="Ended">Completes with it.</param>
/// <param name="Run">Its run.</param>
internal sealed record Neighbour(ProcessIdentity? Supervisor, string Sandbox, string? User, Task Ended, long Run);

/// <summary>
/// Containers that are launched beside a task or on their own by the agent's API. They are for looking into tasks and for helpers of
/// executors: they end with their task, and with the agent.
/// </summary>
internal sealed class NestedContainers(WorkDirectory work, Containment isolation) : IAsyncDisposable
{
    private const int MostEnded = 1000;

    // Opening the terminal as the leader of a session makes it the session's own.
    private const string OnTerminal = "exec <\"$0\" >\"$0\" 2>&1 && exec \"$@\"";

    private readonly Lock gate = new();
    private readonly Dictionary<ContainerPath, NestedContainer> containers = [];
    private readonly Queue<NestedContainer> ended = new();

    public NestedContainer? Find(ContainerPath id)
    {
        lock (gate)
            return containers.GetValueOrDefault(id);
    }

    /// <summary>All of them, by id.</summary>
    public IReadOnlyList<NestedContainer> All
    {
        get
        {
            lock (gate)
                return [.. containers.Values.OrderBy(container => container.Id.Text, StringComparer.Ordinal)];
        }
    }

    /// <summary>Launches one; null when there is one of that id.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="beside">What it is beside; null for one of its own.</param>
    /// <param name="command">What it runs.</param>
    /// <param name="terminal">Whether it has a terminal.</param>
    /// <param name="session">Whoever reads its output from the beginning; without one the output is kept in files.</param>
    /// <exception cref="CannotStartException">It cannot be started.</exception>
    public NestedContainer? Launch(ContainerPath id, Neighbour? beside, TaskCommand command, bool terminal, Channel<Output>? session)
    {
        lock (gate)
        {
            if (containers.ContainsKey(id))
                return null;
            var directory = session is null ? Make(DirectoryOf(id, beside)) : null;
            var start = beside is null ? Alone(command, directory ?? work.Root)
                : isolation.Inside(beside.Run, command, terminal) ?? Beside.Prepare(beside.Supervisor, beside.Sandbox, command, beside.User);
            if (directory is not null && beside is not null)
                start.Environment["MESOS_SANDBOX"] = start.WorkingDirectory = directory;
            var screen = terminal ? new Terminal() : null;
            NestedContainer container;
            try
            {
                container = new(id, Leading(start, screen), screen, directory, session);
            }
            catch
            {
                screen?.Dispose();
                throw;
            }
            containers.Add(id, container);
            _ = container.Ended.ContinueWith(_ => Over(container), TaskScheduler.Default);
            if (beside is not null)
                _ = beside.Ended.ContinueWith(_ => container.Signal(Native.SigKill), TaskScheduler.Default);
            return container;
        }
    }

    /// <summary>Forgets one that has ended, with its directory.</summary>
    public async Task Remove(NestedContainer container, Neighbour? beside)
    {
        lock (gate)
            containers.Remove(container.Id);
        await container.DisposeAsync();
        work.PutInTrash(DirectoryOf(container.Id, beside));
        work.EmptyTrash();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var container in All)
            await container.DisposeAsync();
    }

    private string DirectoryOf(ContainerPath id, Neighbour? beside) => Path.Combine(
        beside?.Sandbox ?? work.Root, "containers", string.Join("/containers/", beside is null ? id.Text.Split('/') : id.Text.Split('/')[1..]));

    private static string Make(string directory)
    {
        Directory.CreateDirectory(directory);
        return directory;
    }

    private static ProcessStartInfo Alone(TaskCommand command, string directory)
    {
        var start = new ProcessStartInfo { WorkingDirectory = directory, UseShellExecute = false };
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        start.Environment["MESOS_SANDBOX"] = directory;
        Beside.Fill(start, command, user: null);
        return start;
    }

    /// <summary>The same program as the leader of a session of its own: a signal reaches all of it, and it can have a terminal.</summary>
    private static ProcessStartInfo Leading(ProcessStartInfo start, Terminal? terminal)
    {
        string[] front = terminal is null ? [start.FileName] : ["/bin/sh", "-c", OnTerminal, terminal.Path, start.FileName];
        var arguments = start.ArgumentList.ToList();
        start.FileName = "setsid";
        start.ArgumentList.Clear();
        foreach (var argument in front.Concat(arguments))
            start.ArgumentList.Add(argument);
        if (terminal is not null)
            start.Environment.TryAdd("TERM", "xterm-256color");
        return start;
    }

    // How it ended can be asked until it is removed; of those nobody removes, the latest are kept.
    private void Over(NestedContainer container)
    {
        List<NestedContainer> forgotten = [];
        lock (gate)
        {
            ended.Enqueue(container);
            while (ended.Count > MostEnded && ended.Dequeue() is var oldest)
            {
                // Another one may have its id by now.
                if (containers.GetValueOrDefault(oldest.Id) == oldest)
                    containers.Remove(oldest.Id);
                forgotten.Add(oldest);
            }
        }
        foreach (var one in forgotten)
            _ = one.DisposeAsync().AsTask();
    }
}
