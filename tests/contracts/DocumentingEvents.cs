using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Bourse.Contracts.Tests;

public sealed partial class DocumentingEvents
{
    /// <summary>docs/events.md is made of the names and the doc comments; with BOURSE_WRITE_DOCS=1 this test writes it.</summary>
    [Fact]
    public void Says_in_docs_what_the_code_says()
    {
        var path = Path.Combine(Root(), "docs", "events.md");
        var generated = Generate();
        if (Environment.GetEnvironmentVariable("BOURSE_WRITE_DOCS") == "1")
            File.WriteAllText(path, generated);
        File.ReadAllText(path).ShouldBe(generated, "docs/events.md is out of date: run this test with BOURSE_WRITE_DOCS=1");
    }

    private static string Generate()
    {
        var docs = XDocument.Load(Path.ChangeExtension(typeof(IFact).Assembly.Location, ".xml"))
            .Descendants("member").ToDictionary(member => member.Attribute("name")!.Value);
        var text = new StringBuilder("""
            # Events

            Every event of every journal: its stable name, what it says and its fields. Generated from `contracts/`; the names are
            the same in the store, on the bus and in every output. Outside subscribers bind a queue to the topic exchange
            `bourse.events`; the routing key is the name followed by the ids of its first two subjects, such as
            `task.status-changed.<framework>.<task>` (dots in ids become `_`).

            """.ReplaceLineEndings("\n"));
        foreach (var service in Services.All)
        {
            text.Append($"\n## {service}\n");
            foreach (var (name, type) in FactNames.Of(service).Names.OrderBy(n => n.Key, StringComparer.Ordinal))
            {
                var doc = docs[$"T:{type.FullName}"];
                text.Append($"\n### `{name}`\n\n{Plain(doc.Element("summary")!)}\n\n| field | |\n| --- | --- |\n");
                foreach (var parameter in doc.Elements("param"))
                {
                    var field = parameter.Attribute("name")!.Value;
                    text.Append($"| `{char.ToLowerInvariant(field[0])}{field[1..]}` | {Plain(parameter).Replace("|", "\\|", StringComparison.Ordinal)} |\n");
                }
            }
        }
        return text.ToString();
    }

    private static string Plain(XElement element)
    {
        var text = string.Concat(element.Nodes().Select(node => node switch
        {
            XText plain => plain.Value,
            XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
            XElement { Name.LocalName: "paramref" } parameter => $"`{parameter.Attribute("name")!.Value}`",
            XElement other => other.Attribute("cref")?.Value.Split('.')[^1] ?? other.Value,
            _ => "",
        }));
        return Blanks().Replace(text, " ").Trim();
    }

    private static string Root()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at!.FullName, "Bourse.slnx")))
            at = at.Parent;
        return at.FullName;
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
