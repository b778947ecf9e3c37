using System.CommandLine;
using System.Text.Json.Nodes;
using Bourse.Cli.Client;
using Bourse.Cli.Output;

namespace Bourse.Cli.Verbs;

/// <summary>Secrets: put, grant, revoke, list. A value is never printed.</summary>
internal static class SecretsVerb
{
    private const int LargestValue = 64 * 1024;

    private static readonly Argument<string> Name = new("name") { Description = "Name of the secret, such as db/password", HelpName = "NAME" };
    private static readonly Argument<string?> Value = new("value")
    {
        Description = "Its value; read from standard input when absent, which keeps it out of the shell's history",
        HelpName = "VALUE",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private static readonly Option<FileInfo?> File = new("--file") { Description = "Take the value from a file, byte for byte", HelpName = "PATH" };
    private static readonly Argument<string> Principal = new("principal") { Description = "Whose tasks may have it", HelpName = "PRINCIPAL" };

    public static Command Create()
    {
        var put = new Command("put", "Store a secret, or a new version of it") { Name, Value, File };
        put.SetAction(Put);
        var grant = new Command("grant", "Let the tasks of a principal have it") { Name, Principal };
        grant.SetAction((arguments, ct) => Change(
            arguments, HttpMethod.Post, "/grants", Master.Json(new { principal = arguments.GetRequiredValue(Principal) }), "granted to", ct));
        var revoke = new Command("revoke", "Take the grant back") { Name, Principal };
        revoke.SetAction((arguments, ct) => Change(
            arguments, HttpMethod.Delete, $"/grants/{Uri.EscapeDataString(arguments.GetRequiredValue(Principal))}", null, "no longer granted to", ct));
        var list = new Command("ls", "List the secrets and who may have them");
        list.SetAction(List);
        return new Command("secrets", "Keep secrets and say whose tasks may have them") { put, grant, revoke, list };
    }

    private static async Task<int> Put(ParseResult arguments, CancellationToken cancellationToken)
    {
        var (screen, name) = (arguments.Screen(), arguments.GetRequiredValue(Name));
        var bytes = await ValueOf(arguments, screen, cancellationToken);
        if (bytes.Length is 0 or > LargestValue)
        {
            throw new CliException(bytes.Length == 0 ? "the value is empty" : $"the value has {bytes.Length} bytes; {LargestValue} is the most");
        }

        using var master = arguments.Master();
        using var body = new ByteArrayContent(bytes);
        body.Headers.ContentType = new("application/octet-stream");
        await master.Change(HttpMethod.Put, $"/bourse/v1/secrets/{PathOf(name)}", body, cancellationToken);
        screen.Result(new { secret = name, stored = true }, () => Screen.Line($"Secret {name} is stored."));
        return 0;
    }

    private static async Task<byte[]> ValueOf(ParseResult arguments, Screen screen, CancellationToken cancellationToken)
    {
        if (arguments.GetValue(File) is { } file)
        {
            return await System.IO.File.ReadAllBytesAsync(file.FullName, cancellationToken);
        }

        if (arguments.GetValue(Value) is { } value)
        {
            return System.Text.Encoding.UTF8.GetBytes(value);
        }

        if (!Console.IsInputRedirected)
        {
            screen.Note("the value, then Ctrl-D:");
        }

        using var all = new MemoryStream();
        await using var input = Console.OpenStandardInput();
        await input.CopyToAsync(all, cancellationToken);
        return all.ToArray();
    }

    private static async Task<int> Change(
        ParseResult arguments, HttpMethod method, string path, HttpContent? body, string what, CancellationToken cancellationToken)
    {
        var (name, principal) = (arguments.GetRequiredValue(Name), arguments.GetRequiredValue(Principal));
        using var master = arguments.Master();
        await master.Change(method, $"/bourse/v1/secrets/{PathOf(name)}{path}", body, cancellationToken);
        arguments.Screen().Result(
            new { secret = name, principal, granted = method == HttpMethod.Post }, () => Screen.Line($"Secret {name} is {what} {principal}."));
        return 0;
    }

    private static async Task<int> List(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var master = arguments.Master();
        var answer = await master.Get("/bourse/v1/secrets", cancellationToken);
        var secrets = (answer["secrets"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        arguments.Screen().Result(answer, () =>
        {
            if (secrets is [])
            {
                Screen.Line("There are no secrets.");
                return;
            }

            Screen.Table(
                ["SECRET", "VERSION", "OWNER", "GRANTED TO", "SINCE"],
                [.. secrets.Select(secret => (string[])
                [
                    Words.Text(secret["secret"]),
                    Words.Text(secret["version"]),
                    Words.Text(secret["owner"]),
                    secret["grantees"] is JsonArray { Count: > 0 } grantees ? string.Join(", ", grantees.Select(Words.Text)) : "-",
                    DateTimeOffset.TryParse(Words.Text(secret["at"]), out var at) ? $"{Words.Ago(at)} ago" : "-",
                ])]);
        });
        return 0;
    }

    // A name may have slashes, which stay slashes.
    private static string PathOf(string name) => string.Join('/', name.Split('/').Select(Uri.EscapeDataString));
}
