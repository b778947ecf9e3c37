using System.Net;
using Microsoft.Extensions.Configuration;

namespace Bourse.Edge;

/// <summary>How a service meets the outside; read from the section <c>Bourse</c> of its configuration.</summary>
/// <param name="Listen">Where it listens, one or more URLs separated by semicolons.</param>
/// <param name="Tokens">Path of the tokens file; null when nobody is known.</param>
/// <param name="Open">Whether callers without credentials are let in.</param>
/// <param name="MaxBodyBytes">Largest request body taken.</param>
public sealed record EdgeSettings(string Listen, string? Tokens, bool Open, long MaxBodyBytes)
{
    /// <summary>Loopback, on a port the system chooses.</summary>
    public const string DefaultListen = "http://127.0.0.1:0";

    /// <summary>8 MB: an ACCEPT of thousands of tasks fits, a flood does not.</summary>
    public const long DefaultMaxBodyBytes = 8 << 20;

    /// <summary>Reads and checks the settings.</summary>
    /// <exception cref="InvalidOperationException">They would let anonymous callers in from other machines, or a URL is unreadable.</exception>
    public static EdgeSettings From(IConfiguration configuration)
    {
        var section = configuration.GetSection("Bourse");
        var settings = new EdgeSettings(
            section["Listen"] is { Length: > 0 } listen ? listen : DefaultListen,
            section["Tokens"] is { Length: > 0 } tokens ? tokens : null,
            section.GetValue("Open", false),
            section.GetValue("MaxBodyBytes", DefaultMaxBodyBytes));

        foreach (var url in settings.Urls)
        {
            if (!IsLoopback(url) && settings.Open)
                throw new InvalidOperationException($"Bourse__Open lets anyone in and is for loopback only; Bourse__Listen is {url}");
        }
        return settings;
    }

    /// <summary>The URLs of <see cref="Listen"/>, one by one.</summary>
    public IEnumerable<string> Urls => Listen.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static bool IsLoopback(string url)
    {
        // Kestrel takes "*" and "+" for every interface; Uri does not know them.
        if (!Uri.TryCreate(url.Replace("://*", "://0.0.0.0", StringComparison.Ordinal).Replace("://+", "://0.0.0.0", StringComparison.Ordinal),
                UriKind.Absolute, out var uri))
            throw new InvalidOperationException($"Bourse__Listen is not a URL: {url}");
        return uri.Host == "localhost" || (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
    }
}
