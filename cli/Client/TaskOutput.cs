using System.Collections.Concurrent;
using System.Text;
using Bourse.Cli.Output;

namespace Bourse.Cli.Client;

/// <summary>Prints what tasks print, as it comes: output to output, errors to errors; each line with the task's name when there are several.</summary>
internal sealed class TaskOutput(Screen screen, string? token, bool prefixed) : IDisposable
{
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(30);

    private readonly Stream output = Console.OpenStandardOutput();
    private readonly Stream errors = Console.OpenStandardError();
    private readonly SemaphoreSlim turn = new(1);
    private readonly Dictionary<string, List<Task>> following = [];
    private readonly ConcurrentDictionary<string, MemoryStream> collected = new();
    private readonly List<TaskUpdate> ends = [];
    private readonly Dictionary<string, List<string>> states = [];

    /// <summary>Gives the framework's id; known once updates come.</summary>
    public Func<string> Of { get; set; } = () => throw new InvalidOperationException("no framework was named");

    /// <summary>The last updates of the tasks that have ended.</summary>
    public IReadOnlyList<TaskUpdate> Ends => ends;

    /// <summary>The states a task was said to be in, in the order of the updates.</summary>
    public IReadOnlyList<string> StatesOf(string attempt) => states.GetValueOrDefault(attempt, []);

    /// <summary>Takes an update: follows the output of a task that runs or ran.</summary>
    public void Updated(TaskUpdate update)
    {
        states.TryAdd(update.Attempt, []);
        states[update.Attempt].Add(update.State);
        if (update.State is not ("TASK_ERROR" or "TASK_DROPPED" or "TASK_LOST" or "TASK_STAGING") && update.Agent is { } agent
            && following.TryAdd(update.Attempt, []))
        {
            following[update.Attempt].AddRange(Follow(update, agent, "stdout", output), Follow(update, agent, "stderr", errors));
        }

        if (update.IsTerminal)
        {
            ends.Add(update);
        }
    }

    /// <summary>Waits until all that was printed has been read.</summary>
    public async Task Complete()
    {
        var all = Task.WhenAll(following.Values.SelectMany(tasks => tasks));
        // The tasks have ended, so what they printed comes at once, or from an agent that has gone never.
        if (await Task.WhenAny(all, Task.Delay(LastWords)) != all)
        {
            screen.Note("bourse: some output is missing: an agent does not give it");
            return;
        }

        await all;
    }

    /// <summary>What a task printed to its output, for programs.</summary>
    public string TextOf(string attempt) => collected.TryGetValue(attempt, out var text) ? Encoding.UTF8.GetString(text.ToArray()) : "";

    public void Dispose()
    {
        turn.Dispose();
        output.Dispose();
        errors.Dispose();
    }

    private async Task Follow(TaskUpdate update, Uri agent, string which, Stream to)
    {
        using var follower = new LogFollower(agent, token);
        var line = new MemoryStream();
        var prefix = Encoding.UTF8.GetBytes($"[{update.Task.Name}] ");
        try
        {
            await follower.Copy(Of(), update.Attempt, which, follow: true, Write, CancellationToken.None);
        }
        catch (CliException missing) when (update.State is "TASK_FAILED" or "TASK_KILLED" or "TASK_GONE")
        {
            // A task that never got as far as a sandbox has printed nothing.
            screen.Note($"bourse: {missing.Message}");
        }

        if (line.Length > 0)
        {
            line.WriteByte((byte)'\n');
            await Print(line.ToArray(), CancellationToken.None);
        }

        async ValueTask Write(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            if (screen.Json)
            {
                if (which == "stdout")
                {
                    collected.GetOrAdd(update.Attempt, _ => new MemoryStream()).Write(bytes.Span);
                }
            }
            else if (!prefixed)
            {
                await Print(bytes, cancellationToken);
            }
            else
            {
                // Whole lines only, so that lines of different tasks do not mix.
                line.Write(bytes.Span);
                var text = line.ToArray();
                var whole = Array.LastIndexOf(text, (byte)'\n') + 1;
                line.SetLength(0);
                line.Write(text.AsSpan(whole));
                await Print(text.AsMemory(0, whole), cancellationToken);
            }
        }

        async ValueTask Print(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            await turn.WaitAsync(cancellationToken);
            try
            {
                if (!prefixed)
                {
                    await to.WriteAsync(bytes, cancellationToken);
                }
                else
                {
                    foreach (var one in Lines(bytes))
                    {
                        await to.WriteAsync(prefix, cancellationToken);
                        await to.WriteAsync(one, cancellationToken);
                    }
                }

                await to.FlushAsync(cancellationToken);
            }
            finally
            {
                turn.Release();
            }
        }
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Lines(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var end = bytes.Span.IndexOf((byte)'\n') + 1;
            var line = end == 0 ? bytes : bytes[..end];
            yield return line;
            bytes = bytes[line.Length..];
        }
    }
}
