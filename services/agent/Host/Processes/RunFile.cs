using System.Globalization;

namespace Bourse.Agent.Host.Processes;

/// <summary>What a supervisor wrote down.</summary>
/// <param name="Claimant">The pid under which it took the run; null when it died before it could say so.</param>
/// <param name="Status">How the command ended; null when it has not, or nobody knows.</param>
internal sealed record RunFile(int? Claimant, ExitStatus? Status)
{
    private const int Descriptor = 3; // as which supervisor.sh holds it open

    /// <summary>The supervisor, as long as it lives.</summary>
    public ProcessIdentity? Supervisor { get; private init; }

    /// <summary>Reads a run file; null when there is none.</summary>
    public static RunFile? Read(string path)
    {
        try
        {
            using var file = File.OpenText(path);
            var said = Parse(file.ReadToEnd());
            return said is { Status: null, Claimant: { } pid } ? said with { Supervisor = ProcessTable.Holding(pid, Descriptor, (FileStream)file.BaseStream) } : said;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    public static RunFile Parse(string text)
    {
        int? claimant = null;
        var word = false;
        // A line counts once it is complete: it is written in one piece, but the machine may have stopped in between.
        foreach (var line in text.Split('\n')[..^1])
        {
            switch (line.Split(' '))
            {
                case ["supervisor", var pid, ..] when Number(pid) is { } number:
                    claimant = number;
                    break;
                case ["exit", var status] when Number(status) is { } code:
                    // A shell says 137 for KILL as for a plain exit 137. Only in the first case it also says a word about it.
                    return new(claimant, word && code > 128 ? ExitStatus.OfSignal(code - 128) : ExitStatus.OfCode(code));
                default:
                    word = true;
                    break;
            }
        }
        return new(claimant, null);
    }

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
