using System.Diagnostics;

namespace Bourse.Servers;

/// <summary>One run of a short system command, to its end.</summary>
internal static class Command
{
    /// <summary>Runs it and returns what it printed.</summary>
    /// <exception cref="ServerException">It could not start or did not exit with 0; the message names it and its last words.</exception>
    public static async Task<string> Run(
        IReadOnlyList<string> argv,
        CancellationToken cancellationToken,
        string? workingDirectory = null,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(argv[0], argv.Skip(1))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = workingDirectory ?? "/",
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start) ?? throw new ServerException($"{argv[0]} did not start");
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        try
        {
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return process.ExitCode == 0
            ? await output.ConfigureAwait(false)
            : throw new ServerException(
                $"{argv[0]} ended with status {process.ExitCode}: {LastLine(await errors.ConfigureAwait(false) + await output.ConfigureAwait(false))}");
    }

    private static string LastLine(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "no output";
}
