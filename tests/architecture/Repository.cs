using System.Xml.Linq;

namespace Bourse.Architecture.Tests;

/// <summary>The source tree as the tests see it.</summary>
internal static class Repository
{
    public static readonly string Root = Find();

    /// <summary>Source files of the product and its tests, relative to the root.</summary>
    public static IEnumerable<string> Files(string pattern, params string[] folders) =>
        folders.Where(folder => Directory.Exists(Path.Combine(Root, folder))).SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(Root, path))
            .Where(path => !path.Split('/').Any(part => part is "bin" or "obj" or "node_modules"));

    /// <summary>What a project file refers to: names of packages and projects.</summary>
    public static (string[] Packages, string[] Projects) References(string project)
    {
        var xml = XDocument.Load(Path.Combine(Root, project));
        return (Included("PackageReference"), [.. Included("ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/')))]);

        string[] Included(string element) => [.. xml.Descendants(element).Select(e => e.Attribute("Include")!.Value)];
    }

    private static string Find()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at!.FullName, "Bourse.slnx")))
            at = at.Parent;
        return at.FullName;
    }
}
