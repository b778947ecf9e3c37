namespace Bourse.Architecture.Tests;

public sealed class StayingReadable
{
    private const int MaxLines = 400;

    [Fact]
    public void No_file_of_the_product_is_longer_than_one_sitting() =>
        Repository.Files("*.cs", "contracts", "libs", "services", "cli")
            .Where(file => File.ReadLines(Path.Combine(Repository.Root, file)).Count() > MaxLines)
            .ShouldBeEmpty();

    [Fact]
    public void No_name_says_nothing() =>
        Repository.Files("*.cs", "contracts", "libs", "services", "cli")
            .Where(file => Path.GetFileNameWithoutExtension(file) is var name
                && new[] { "Manager", "Helper", "Util", "Utils", "Impl" }.Any(empty => name.EndsWith(empty, StringComparison.Ordinal)))
            .ShouldBeEmpty();

    [Fact]
    public void Every_decision_record_says_why()
    {
        var records = Repository.Files("*.md", "docs/decisions").ToList();
        records.ShouldNotBeEmpty();
        records.Select(path => File.ReadAllText(Path.Combine(Repository.Root, path)))
            .ShouldAllBe(text => text.Contains("Decision", StringComparison.OrdinalIgnoreCase) && text.Contains("Consequences", StringComparison.OrdinalIgnoreCase));
    }
}
