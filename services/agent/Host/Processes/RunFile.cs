using System.Globalization;

namespace Bourse.Agent.Host.Processes;

/// <summary>What a supervisor wrote down.</summary>
/// <param name="Supervisor">Who it is; null when it died before it could say so.</param>
/// <param name="Status">How the command ended; null when it has not, or nobody knows.</param>
internal sealed record RunFile(ProcessIdentity? Supervisor, ExitStatus? Status)
{
    /// <summary>Reads a run file; null when there is none.</summary>
    public static RunFile? Read(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path));
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    public static RunFile Parse(string text)
    {
        ProcessIdentity? supervisor = null;
        var word = false;
        // A line counts once it is complete: it is written in one piece, but the machine may have stopped in between.
        foreach (var line in text.Split('\n')[..^1])
        {
            switch (line.Split(' '))
            {
                case ["supervisor", var pid, var start] when Number(pid) is { } p && Number(start) is { } s:
                    supervisor = new((int)p, s);
                    break;
                case ["exit", var status] when Number(status) is { } code:
                    // A shell says 137 for KILL as for a plain exit 137. Only in the first case it also says a word about it.
                    return new(supervisor, word && code > 128 ? ExitStatus.OfSignal((int)code - 128) : ExitStatus.OfCode((int)code));
                default:
                    word = true;
                    break;
            }
        }
        return new(supervisor, null);
    }

    private static long? Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
