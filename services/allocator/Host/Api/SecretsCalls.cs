using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Edge;

namespace Bourse.Allocator.Host.Api;

/// <summary>/bourse/v1/secrets: passed on to the secrets service; a value is sealed to it here and is nowhere else in the clear.</summary>
internal static class SecretsCalls
{
    /// <summary>The largest value.</summary>
    public const int MaxBytes = 64 << 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public sealed record GrantBody(string? Principal);

    public static async Task<IResult> List(HttpContext context, IBus bus) =>
        Results.Json(new { (await Secrets(context, bus)).Secrets }, Json.Options);

    public static async Task<IResult> Put(HttpContext context, IBus bus, string name)
    {
        using var value = new MemoryStream();
        await context.Request.Body.CopyToAsync(value, context.RequestAborted);
        if (value.Length is 0 or > MaxBytes)
            return Problems.Of(400, "malformed", $"body: a secret has 1 to {MaxBytes} bytes, this one has {value.Length}");

        var key = (await Secrets(context, bus)).PublicKey;
        return await Ask(context, bus, new PutSecret(name, Sealing.Seal(key, value.ToArray(), name)));
    }

    /// <summary>POST NAME/grants. A name has slashes, so the path is taken apart here: routes take a rest only at their end.</summary>
    public static async Task<IResult> Grant(HttpContext context, IBus bus, string path, GrantBody body)
    {
        if (NameBefore(path, "/grants", out _) is not { } name)
            return NoSuchPath(path);
        return string.IsNullOrWhiteSpace(body.Principal)
            ? Problems.Of(400, "malformed", "principal: is missing")
            : await Ask(context, bus, new GrantSecret(name, body.Principal));
    }

    /// <summary>DELETE NAME/grants/PRINCIPAL.</summary>
    public static async Task<IResult> Revoke(HttpContext context, IBus bus, string path) =>
        NameBefore(path, "/grants/", out var principal) is { } name && principal.Length > 0
            ? await Ask(context, bus, new RevokeSecret(name, principal))
            : NoSuchPath(path);

    private static string? NameBefore(string path, string marker, out string after)
    {
        var at = path.LastIndexOf(marker, StringComparison.Ordinal);
        after = at < 0 ? "" : Uri.UnescapeDataString(path[(at + marker.Length)..]);
        return at > 0 ? Uri.UnescapeDataString(path[..at]) : null;
    }

    private static IResult NoSuchPath(string path) => Problems.Of(404, "not-found", $"nothing is at secrets/{path}");

    private static Task<SecretList> Secrets(HttpContext context, IBus bus) =>
        bus.Ask<SecretList>(Destination.Service(Services.Secrets), new ListSecrets(), context.Caller().Origin, Patience, context.RequestAborted);

    private static async Task<IResult> Ask(HttpContext context, IBus bus, object question)
    {
        try
        {
            await bus.Ask<Done>(Destination.Service(Services.Secrets), question, context.Caller().Origin, Patience, context.RequestAborted);
            return Results.NoContent();
        }
        catch (RefusedException refused)
        {
            var status = refused.Code switch { "not-allowed" => 403, "unknown-secret" => 404, _ => 400 };
            return Problems.Of(status, refused.Code, refused.Message);
        }
    }
}
