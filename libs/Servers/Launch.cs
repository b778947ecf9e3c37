using System.Diagnostics;

namespace Bourse.Servers;

/// <summary>Starts long-lived processes.</summary>
public static class Launch
{
    /// <summary>
    /// Starts the command in a session of its own, so that neither Ctrl-C nor the end of the caller reaches it; its output is
    /// appended to a file. The process started is the command itself, not a shell around it.
    /// </summary>
    /// <param name="argv">Program and arguments.</param>
    /// <param name="log">File that gets what it prints.</param>
    /// <param name="workingDirectory">Where it runs.</param>
    /// <param name="environment">Added to the caller's environment; null removes a variable.</param>
    public static ProcessIdentity Detached(
        IEnumerable<string> argv, string log, string workingDirectory, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var start = new ProcessStartInfo(
            "/bin/sh", ["-c", "log=$1; shift; exec setsid \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", log, .. argv])
        {
            WorkingDirectory = workingDirectory,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start) ?? throw new ServerException($"{argv.First()} did not start");
        return ProcessIdentity.Of(process.Id) ?? throw new ServerException($"{argv.First()} ended at once; see {log}");
    }
}
