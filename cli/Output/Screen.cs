using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Bourse.Cli.Output;

/// <summary>What a verb has to say: results on standard output for people or programs, progress and errors on standard error.</summary>
internal sealed class Screen(bool json)
{
    private static readonly JsonSerializerOptions Compact = new(JsonSerializerDefaults.Web)
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly JsonSerializerOptions Indented = new(Compact) { WriteIndented = true };

    private readonly IAnsiConsole errors = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });

    /// <summary>Programs read it.</summary>
    public bool Json { get; } = json;

    /// <summary>The result: the JSON, or what <paramref name="forPeople"/> writes.</summary>
    public void Result(JsonNode value, Action forPeople)
    {
        if (Json)
        {
            Console.Out.WriteLine(value.ToJsonString(Indented));
        }
        else
        {
            forPeople();
        }
    }

    /// <summary>The result, from a value of ours.</summary>
    public void Result(object value, Action forPeople) => Result(JsonSerializer.SerializeToNode(value, Indented)!, forPeople);

    /// <summary>One line.</summary>
    public static void Line(string text = "") => Console.Out.WriteLine(text);

    /// <summary>Columns under headings, as wide as they need to be; the same on a terminal and in a file.</summary>
    public static void Table(IReadOnlyList<string> headings, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var widths = headings.Select((heading, column) => rows.Select(row => row[column].Length).Append(heading.Length).Max()).ToList();
        foreach (var row in rows.Prepend(headings))
        {
            Line(string.Concat(row.Select((cell, column) => cell.PadRight(widths[column] + 2))).TrimEnd());
        }
    }

    /// <summary>Does something that takes a while, and says what it is at: a moving line on a terminal, lines elsewhere.</summary>
    public async Task Progress(string what, Func<Action<string>, Task> work)
    {
        if (Json)
        {
            await work(_ => { });
        }
        else if (Console.IsErrorRedirected)
        {
            await work(Console.Error.WriteLine);
        }
        else
        {
            await errors.Status().StartAsync(Markup.Escape(what), context => work(text => context.Status(Markup.Escape(text))));
        }
    }

    /// <summary>Something worth knowing that is not the result.</summary>
    public void Note(string text)
    {
        if (!Json)
        {
            Console.Error.WriteLine(text);
        }
    }

    /// <summary>Why it failed, in one line.</summary>
    public void Error(string message)
    {
        var line = message.ReplaceLineEndings(" ");
        Console.Error.WriteLine(Json ? JsonSerializer.Serialize(new { error = line }, Compact) : $"bourse: {line}");
    }
}
