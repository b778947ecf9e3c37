using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Bourse.Edge;

/// <summary>Whether strangers are let in.</summary>
public sealed class TokenAuthenticationOptions : AuthenticationSchemeOptions
{
    /// <summary>Whether a caller without credentials is let in as <see cref="Caller.Anonymous"/>.</summary>
    public bool Open { get; set; }
}

/// <summary>
/// Knows a caller by <c>Authorization: Bearer SECRET</c> or <c>Basic principal:secret</c>. Wrong credentials are refused even where
/// strangers are let in: whoever sends some wants to be known.
/// </summary>
public sealed class TokenAuthentication(
    IOptionsMonitor<TokenAuthenticationOptions> options, ILoggerFactory logger, UrlEncoder encoder, TokensFile tokens)
    : AuthenticationHandler<TokenAuthenticationOptions>(options, logger, encoder)
{
    /// <summary>Name of the scheme.</summary>
    public const string SchemeName = "token";

    /// <inheritdoc/>
    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(Authenticate());

    /// <inheritdoc/>
    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.WWWAuthenticate = new(["Bearer realm=\"bourse\"", "Basic realm=\"bourse\", charset=\"UTF-8\""]);
        return Problems.Write(Context, StatusCodes.Status401Unauthorized, "unauthenticated", "no or wrong credentials");
    }

    /// <inheritdoc/>
    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status403Forbidden;
        var caller = Context.Caller();
        return Problems.Write(Context, StatusCodes.Status403Forbidden, "not-allowed", $"{caller.Principal} may not do this");
    }

    private AuthenticateResult Authenticate()
    {
        var header = Request.Headers.Authorization.ToString();
        if (header.Length == 0)
            return Options.Open ? Success(Caller.Anonymous, Kinds.Operator, Kinds.Framework) : AuthenticateResult.NoResult();

        return Find(tokens.Current, header) is { } known ? Success(known.Principal, known.Kind) : AuthenticateResult.Fail("wrong credentials");
    }

    /// <summary>Whom an <c>Authorization</c> header names; null when nobody.</summary>
    internal static Known? Find(Tokens tokens, string header)
    {
        if (!AuthenticationHeaderValue.TryParse(header, out var given) || given.Parameter is not { Length: > 0 } parameter)
            return null;
        if (given.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase))
            return tokens.Find(parameter);
        if (!given.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase))
            return null;

        var bytes = new byte[parameter.Length];
        if (!Convert.TryFromBase64String(parameter, bytes, out var length))
            return null;
        var pair = Encoding.UTF8.GetString(bytes, 0, length).Split(':', 2);
        return pair is [var principal, var secret] ? tokens.Find(principal, secret) : null;
    }

    private AuthenticateResult Success(string principal, params ReadOnlySpan<string> kinds)
    {
        var identity = new ClaimsIdentity(SchemeName, ClaimTypes.Name, Caller.KindClaim);
        identity.AddClaim(new(ClaimTypes.Name, principal));
        foreach (var kind in kinds)
            identity.AddClaim(new(Caller.KindClaim, kind));
        return AuthenticateResult.Success(new(new ClaimsPrincipal(identity), SchemeName));
    }
}
