namespace Bourse.Conformance.Http;

/// <summary>Whether something is served; when it is not, what the answer said.</summary>
internal sealed record Found(bool Served, string? Why = null);

/// <summary>docs/mesos-compatibility.md, and how its rows are compared with what was found.</summary>
internal static class CompatibilityDocument
{
    public static readonly string Root = FindRoot();
    public static readonly string File = Path.Combine(Root, "docs", "mesos-compatibility.md");
    public static readonly Lock Writing = new();

    /// <summary>Compares a section's rows with what was found; or corrects them.</summary>
    public static void Check(string section, IReadOnlyDictionary<string, Found> found)
    {
        lock (Writing)
        {
            var lines = System.IO.File.ReadAllLines(File).ToList();
            var heading = lines.IndexOf($"## {section}");
            heading.ShouldBeGreaterThan(0, $"docs/mesos-compatibility.md has no section {section}");
            var first = lines.FindIndex(heading, line => line.StartsWith("|---", StringComparison.Ordinal)) + 1;
            var last = lines.FindIndex(first, line => !line.StartsWith('|'));
            var rows = lines[first..last].Select(line => line.Split('|', StringSplitOptions.TrimEntries)).Select(cells => (Name: cells[1], State: cells[2], Remark: cells[3])).ToList();
            if (Environment.GetEnvironmentVariable("BOURSE_WRITE_DOCS") == "1")
            {
                lines.RemoveRange(first, last - first);
                lines.InsertRange(first, found.Select(one => Row(one.Key, one.Value, rows.FirstOrDefault(row => row.Name == one.Key))));
                System.IO.File.WriteAllLines(File, lines);
                return;
            }
            rows.Select(row => row.Name).ShouldBe(found.Keys, ignoreOrder: true, $"{section}: run with BOURSE_WRITE_DOCS=1");
            foreach (var (name, state, remark) in rows)
            {
                state.ShouldBeOneOf("supported", "differs", "not");
                (state != "not").ShouldBe(found[name].Served, $"{section}: {name} is '{state}' in docs/mesos-compatibility.md; run with BOURSE_WRITE_DOCS=1");
                if (state == "differs")
                    remark.ShouldNotBeEmpty($"{section}: {name} differs, and nothing says how");
                if (found[name].Why is { } why)
                    remark.ShouldBe(why, $"{section}: {name}");
            }
        }
    }

    private static string Row(string name, Found found, (string Name, string State, string Remark) before)
    {
        var (state, remark) = found switch
        {
            { Served: true } when before.State is "supported" or "differs" => (before.State, before.Remark),
            { Served: true } => ("supported", ""),
            _ => ("not", found.Why ?? before.Remark),
        };
        return $"| {name} | {state} |{(string.IsNullOrEmpty(remark) ? "" : " " + remark)} |";
    }

    private static string FindRoot()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!System.IO.File.Exists(Path.Combine(at!.FullName, "Bourse.slnx")))
            at = at.Parent;
        return at.FullName;
    }
}
