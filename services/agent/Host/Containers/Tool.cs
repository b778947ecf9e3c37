using System.Diagnostics;

namespace Bourse.Agent.Host.Containers;

/// <summary>A program of the machine that does one thing and ends.</summary>
internal static class Tool
{
    private const int LongestComplaint = 2000;

    /// <summary>How it ended.</summary>
    /// <param name="Code">Its exit code.</param>
    /// <param name="Output">What it wrote to stdout.</param>
    /// <param name="Error">What it wrote to stderr.</param>
    public sealed record Result(int Code, string Output, string Error)
    {
        /// <summary>What it complains about, short enough for a message.</summary>
        public string Complaint => (Error.Trim() is { Length: > 0 } error ? error : Output.Trim()) is var all && all.Length > LongestComplaint
            ? all[^LongestComplaint..]
            : all;
    }

    /// <summary>Runs it to its end; cancelled, it is killed.</summary>
    public static async Task<Result> Run(
        string program, IEnumerable<string> arguments, CancellationToken cancelled, string? input = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        // The agent's own environment holds the way to the broker.
        start.Environment.Clear();
        start.Environment["PATH"] = Processes.Programs.DefaultPath;
        start.Environment["HOME"] = "/nonexistent";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;

        using var process = Process.Start(start)!;
        using var registration = cancelled.Register(() => Kill(process));
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            if (input is not null)
                await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading; its status says why.
        }
        var (said, complained) = (await output, await error);
        await process.WaitForExitAsync(CancellationToken.None);
        cancelled.ThrowIfCancellationRequested();
        return new(process.ExitCode, said, complained);
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }
    }
}
