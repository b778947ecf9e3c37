using System.Text.RegularExpressions;

namespace Bourse.Architecture.Tests;

/// <summary>Whoever follows a link of the documentation finds something.</summary>
public sealed partial class LinkingTruly
{
    [Fact]
    public void Every_relative_link_leads_to_a_file_or_folder()
    {
        var links = Repository.Files("*.md", "docs", "clients", "samples").Append("README.md")
            .SelectMany(page => Link().Matches(File.ReadAllText(Path.Combine(Repository.Root, page))).Select(link => (Page: page, Target: link.Groups[1].Value)))
            .ToList();
        links.ShouldNotBeEmpty();
        links.Where(link => !Path.Exists(Path.Combine(Repository.Root, Path.GetDirectoryName(link.Page)!, Uri.UnescapeDataString(link.Target)))).ShouldBeEmpty();
    }

    [GeneratedRegex(@"\]\((?!\w+:|#)([^)#\s]+)(#[^)\s]*)?\)")]
    private static partial Regex Link();
}
