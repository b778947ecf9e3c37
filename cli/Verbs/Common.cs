using System.CommandLine;
using Bourse.Cli.Client;
using Bourse.Cli.Cluster;
using Bourse.Cli.Output;

namespace Bourse.Cli.Verbs;

/// <summary>The options every verb has, and what follows from them.</summary>
internal static class Common
{
    public static readonly Option<string?> Home = new("--home")
    {
        Description = "Where the local cluster keeps its state (default .bourse here, or BOURSE_HOME)",
        HelpName = "DIR",
        Recursive = true,
    };

    public static readonly Option<int?> Port = new("--port")
    {
        Description = "Port of the allocator (default 5050); agents take the ports above it",
        HelpName = "N",
        Recursive = true,
    };

    public static readonly Option<string?> MasterUrl = new("--master")
    {
        Description = "Address of the allocator (or BOURSE_MASTER), for a cluster elsewhere",
        HelpName = "URL",
        Recursive = true,
    };

    public static readonly Option<string> Output = new("--output", "-o")
    {
        Description = "text for people, json for programs",
        DefaultValueFactory = _ => "text",
        Recursive = true,
    };

    static Common()
    {
        Output.AcceptOnlyFromAmong("text", "json");
        Port.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, out var port) && port is < 1 or > 65000)
            {
                result.AddError($"--port must be between 1 and 65000, not {token.Value}");
            }
        });
    }

    public static Screen Screen(this ParseResult result) => new(result.GetValue(Output) == "json");

    public static Home HomeOf(this ParseResult result) => Cluster.Home.Of(result.GetValue(Home), result.GetValue(Port));

    /// <summary>Where the allocator is: named, or that of the local cluster.</summary>
    public static Uri MasterAddress(this ParseResult result)
    {
        var named = result.GetValue(MasterUrl) ?? (result.GetValue(Port) is null && result.GetValue(Home) is null ? Variable("BOURSE_MASTER") : null);
        if (named is not null)
        {
            return Uri.TryCreate(named.Contains("://", StringComparison.Ordinal) ? named : $"http://{named}", UriKind.Absolute, out var uri)
                ? uri
                : throw new CliException($"--master {named} is not an address");
        }

        return result.GetValue(Port) is { } port
            ? new Uri($"http://127.0.0.1:{port}")
            : Settings.Load(result.HomeOf())?.Master ?? new Uri($"http://127.0.0.1:{Cluster.Home.DefaultPort}");
    }

    /// <summary>The token of a principal: BOURSE_TOKEN, else from the cluster's home; null when there is none, for an open cluster.</summary>
    public static string? TokenOf(this ParseResult result, string principal) =>
        Variable("BOURSE_TOKEN") ?? Tokens.Load(result.HomeOf())?.SecretOf(principal);

    /// <summary>The allocator's API as the operator.</summary>
    public static Master Master(this ParseResult result) => new(result.MasterAddress(), result.TokenOf(Tokens.Operator));

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
