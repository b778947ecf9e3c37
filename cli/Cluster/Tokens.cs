using System.Security.Cryptography;
using System.Text.Json;

namespace Bourse.Cli.Cluster;

/// <summary>A bearer token: whoever shows the secret is the principal.</summary>
internal sealed record Token(string Principal, string Kind, string Secret);

/// <summary>The tokens of a cluster. Made at first start; a later start adds and never takes away.</summary>
internal sealed record Tokens(IReadOnlyList<Token> List)
{
    public const string Operator = "operator";
    public const string Framework = "framework";
    public const string Agent = "agent";

    /// <summary>Whom <c>run</c> is when nobody says otherwise.</summary>
    public const string DefaultPrincipal = "default";

    private sealed record Form(IReadOnlyList<Token> Tokens);

    public static Tokens? Load(Home home) => HomeFile.Read<Form>(home.Tokens) is { } form ? new Tokens(form.Tokens) : null;

    public void Save(Home home) => SaveTo(home.Tokens);

    public void SaveTo(string path) => HomeFile.WritePrivate(path, JsonSerializer.Serialize(new Form(List), HomeFile.Form));

    public Tokens With(string principal, string kind) => List.Any(token => token.Principal == principal && token.Kind == kind)
        ? this
        : new Tokens([.. List, new Token(principal, kind, RandomNumberGenerator.GetHexString(40, lowercase: true))]);

    public string? SecretOf(string principal) => List.FirstOrDefault(token => token.Principal == principal)?.Secret;
}
