using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Bourse.Edge;

/// <summary>
/// The tokens file as it is now: looked at every second and read again when it has changed, so that a principal comes or goes without
/// a restart. A file that cannot be used changes nothing. Requests whose caller is not known any more are cut off, streams above all.
/// </summary>
public sealed partial class TokensFile : IDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly string? path;
    private readonly ILogger log;
    private readonly ITimer? looking;
    private readonly ConcurrentDictionary<HttpContext, (string Header, Known Caller)> served = new();
    private volatile Tokens current;
    private (DateTime, long) seen;

    /// <summary>Follows a file.</summary>
    /// <param name="path">Its path; null when nobody is known.</param>
    /// <param name="clock">When to look.</param>
    /// <param name="log">Changes, and files that cannot be used.</param>
    /// <exception cref="InvalidOperationException">It cannot be used now.</exception>
    public TokensFile(string? path, TimeProvider clock, ILogger<TokensFile> log)
    {
        (this.path, this.log) = (path, log);
        current = Tokens.None;
        if (path is null)
            return;
        seen = Stamp(path);
        current = Tokens.Load(path);
        looking = clock.CreateTimer(_ => Look(path), null, LookEvery, LookEvery);
    }

    /// <summary>Who is known now.</summary>
    public Tokens Current => current;

    /// <summary>Serves a request for as long as its caller is known.</summary>
    internal async Task Serve(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Headers.Authorization.ToString() is not { Length: > 0 } header || TokenAuthentication.Find(current, header) is not { } caller)
        {
            await next(context);
            return;
        }
        served[context] = (header, caller);
        try
        {
            await next(context);
        }
        finally
        {
            served.TryRemove(context, out _);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => looking?.Dispose();

    private void Look(string file)
    {
        var stamp = Stamp(file);
        if (stamp == seen)
            return;
        seen = stamp;
        try
        {
            current = Tokens.Load(file);
        }
        catch (InvalidOperationException e)
        {
            LogUnusable(log, e.Message);
            return;
        }
        var cut = 0;
        foreach (var (context, (header, caller)) in served)
        {
            if (TokenAuthentication.Find(current, header) == caller)
                continue;
            context.Abort();
            cut++;
        }
        LogRead(log, path!, cut);
    }

    private static (DateTime, long) Stamp(string file) => new FileInfo(file) is { Exists: true } found ? (found.LastWriteTimeUtc, found.Length) : default;

    [LoggerMessage(Level = LogLevel.Information, Message = "{File} has changed and was read again; {Cut} requests of callers who are not known any more were cut off")]
    private static partial void LogRead(ILogger log, string file, int cut);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Reason}; those who were known before still are")]
    private static partial void LogUnusable(ILogger log, string reason);
}
