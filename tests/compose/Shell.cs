using System.Diagnostics;
using System.Text;

namespace Bourse.Compose.Tests;

/// <summary>Runs programs to their end.</summary>
public static class Shell
{
    public sealed record Result(int ExitCode, string Output, string Error)
    {
        public bool Succeeded => ExitCode == 0;

        /// <summary>Fails the test with what the program said.</summary>
        public Result OrFail(string what) => Succeeded ? this : throw new InvalidOperationException($"{what}: exit code {ExitCode}\n{Output}\n{Error}");
    }

    public static async Task<Result> Run(TimeSpan patience, string directory, params IEnumerable<string> argv)
    {
        var all = argv.ToArray();
        using var process = new Process
        {
            StartInfo = new(all[0], all[1..]) { WorkingDirectory = directory, RedirectStandardOutput = true, RedirectStandardError = true },
        };
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            return new(127, "", missing.Message);
        }

        using var deadline = new CancellationTokenSource(patience);
        var (output, error) = (Read(process.StandardOutput), Read(process.StandardError));
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            return new(124, await output, $"not done after {patience}\n{await error}");
        }
        return new(process.ExitCode, await output, await error);
    }

    private static async Task<string> Read(StreamReader stream)
    {
        var text = new StringBuilder();
        while (await stream.ReadLineAsync() is { } line)
            text.AppendLine(line);
        return text.ToString();
    }
}
