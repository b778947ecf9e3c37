using System.Diagnostics;
using System.Threading.Channels;
using Bourse.Agent.Host.Processes;

namespace Bourse.Agent.Host.Nested;

/// <summary>A piece of what a container wrote.</summary>
/// <param name="IsError">From stderr.</param>
/// <param name="Bytes">The piece.</param>
internal sealed record Output(bool IsError, byte[] Bytes);

/// <summary>
/// A process beside a task, or one of its own. What it writes goes to its directory, and to whoever is attached: all at the pace of the
/// slowest, so that nobody misses anything.
/// </summary>
internal sealed class NestedContainer : IAsyncDisposable
{
    private const int Piece = 16 * 1024, PiecesAhead = 64;

    private readonly Process process;
    private readonly Terminal? terminal;
    private readonly string? directory;
    private readonly Lock gate = new();
    private readonly List<Channel<Output>> attached = [];
    private readonly Task<int> ended;
    private int hasInput;

    /// <param name="id">Its own id, and those of its parents before it.</param>
    /// <param name="start">How its process is started: the program is the leader of a session.</param>
    /// <param name="terminal">Its terminal, when it has one.</param>
    /// <param name="directory">Where its output is kept; null when it is only for those attached.</param>
    /// <param name="first">Whoever is attached from the beginning.</param>
    public NestedContainer(ContainerPath id, ProcessStartInfo start, Terminal? terminal, string? directory, Channel<Output>? first)
    {
        (Id, this.terminal, this.directory) = (id, terminal, directory);
        if (first is not null)
            attached.Add(first);
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        process = Beside.Start(start);
        ended = Task.Run(Follow);
    }

    public ContainerPath Id { get; }

    /// <summary>How it ended, as wait(2) gives it.</summary>
    public Task<int> Ended => ended;

    public bool HasTerminal => terminal is not null;

    /// <summary>A queue for what it writes from now on.</summary>
    public static Channel<Output> NewQueue() => Channel.CreateBounded<Output>(new BoundedChannelOptions(PiecesAhead) { SingleReader = true });

    /// <summary>Attaches a reader; its queue ends with the container.</summary>
    public void Attach(Channel<Output> queue)
    {
        lock (gate)
        {
            if (ended.IsCompleted)
                queue.Writer.TryComplete();
            else
                attached.Add(queue);
        }
    }

    public void Detach(Channel<Output> queue)
    {
        lock (gate)
            attached.Remove(queue);
        queue.Writer.TryComplete();
    }

    /// <summary>Takes the right to write to it; false when somebody has it.</summary>
    public bool TakeInput() => Interlocked.Exchange(ref hasInput, 1) == 0;

    public void LeaveInput() => Volatile.Write(ref hasInput, 0);

    /// <summary>Gives it input; nothing means the end of it.</summary>
    public async Task Input(byte[] bytes, CancellationToken cancelled)
    {
        try
        {
            if (terminal is not null)
            {
                // To a program at a terminal, the end of its input is Ctrl-D.
                terminal.Write(bytes.Length == 0 ? [4] : bytes);
            }
            else if (bytes.Length == 0)
            {
                process.StandardInput.Close();
            }
            else
            {
                await process.StandardInput.BaseStream.WriteAsync(bytes, cancelled);
                await process.StandardInput.BaseStream.FlushAsync(cancelled);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // It does not read any more, which is its right.
        }
    }

    public void Resize(uint rows, uint columns) => terminal?.Resize(rows, columns);

    /// <summary>Sends a signal to all its processes.</summary>
    public void Signal(int signal)
    {
        // In its first moments it does not lead a group yet, and is alone.
        if (!ended.IsCompleted && Native.Kill(-process.Id, signal) != 0)
            _ = Native.Kill(process.Id, signal);
    }

    public async ValueTask DisposeAsync()
    {
        Signal(Native.SigKill);
        await ((Task)ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        process.Dispose();
        terminal?.Dispose();
    }

    private async Task<int> Follow()
    {
        var reading = terminal is null
            ? Task.WhenAll(Pump(process.StandardOutput.BaseStream, isError: false), Pump(process.StandardError.BaseStream, isError: true))
            : Task.Factory.StartNew(ReadTerminal, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
        await process.WaitForExitAsync();
        // What it left running ends with it, and with that whatever else could write.
        _ = Native.Kill(-process.Id, Native.SigKill);
        terminal?.HangUp();
        await reading;
        lock (gate)
            foreach (var queue in attached)
                queue.Writer.TryComplete();
        // .NET tells of a signal as a shell does.
        return process.ExitCode > 128 ? process.ExitCode - 128 : process.ExitCode << 8;
    }

    private async Task Pump(Stream from, bool isError)
    {
        await using var file = directory is null ? Stream.Null
            : new FileStream(System.IO.Path.Combine(directory, isError ? "stderr" : "stdout"), FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        var buffer = new byte[Piece];
        while (await from.ReadAsync(buffer) is var read and > 0)
        {
            await file.WriteAsync(buffer.AsMemory(0, read));
            await file.FlushAsync();
            await Tell(new(isError, buffer[..read]));
        }
    }

    private async Task ReadTerminal()
    {
        var buffer = new byte[Piece];
        while (terminal!.Read(buffer) is var read and > 0)
            await Tell(new(IsError: false, buffer[..read]));
    }

    private async Task Tell(Output output)
    {
        List<Channel<Output>> readers;
        lock (gate)
            readers = [.. attached];
        foreach (var reader in readers)
            // One that has gone meanwhile has completed its queue.
            if (await reader.Writer.WaitToWriteAsync())
                reader.Writer.TryWrite(output);
    }
}
