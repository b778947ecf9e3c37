using Bourse.Contracts;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Bourse.Edge;

/// <summary>Names of the policies for <c>RequireAuthorization</c>. An operator may everything.</summary>
public static class Policies
{
    /// <summary>Operators only.</summary>
    public const string Operator = Kinds.Operator;

    /// <summary>Frameworks and operators.</summary>
    public const string Framework = Kinds.Framework;

    /// <summary>Agents and operators.</summary>
    public const string Agent = Kinds.Agent;
}

/// <summary>What every service's HTTP side has in common.</summary>
public static class Edges
{
    /// <summary>The response header that names the request's correlation id.</summary>
    public const string CorrelationHeader = "Bourse-Correlation";

    /// <summary>
    /// A service's builder. Settings are read once: watching their files costs an inotify watch on every directory below the working
    /// directory, the sandboxes of tasks included.
    /// </summary>
    /// <param name="args">The program's arguments.</param>
    public static WebApplicationBuilder Builder(string[] args) => WebApplication.CreateBuilder([.. args, "--hostBuilder:reloadConfigOnChange=false"]);

    /// <summary>
    /// More settings from the JSON file <c>Bourse__SettingsFile</c>, listening on <c>Bourse__Listen</c> (loopback unless told otherwise), token authentication and the policies of
    /// <see cref="Policies"/>, health checks, quiet one-line logging.
    /// </summary>
    /// <param name="builder">The service.</param>
    /// <param name="statusOf">HTTP status of an exception that a caller may meet, such as 503 while a server is away; null for none.</param>
    /// <exception cref="InvalidOperationException">The settings are unusable; the message says which and why.</exception>
    public static WebApplicationBuilder AddEdge(this WebApplicationBuilder builder, Func<Exception, int?>? statusOf = null)
    {
        // What provisioning wrote for this process alone: passwords that are better in a file of its own than in its environment.
        if (builder.Configuration["Bourse:SettingsFile"] is { Length: > 0 } file)
            builder.Configuration.AddJsonFile(Path.GetFullPath(file), optional: false);
        var settings = EdgeSettings.From(builder.Configuration);
        builder.Services.AddSingleton(settings);

        builder.WebHost.UseUrls(settings.Urls.ToArray());
        builder.WebHost.UseSockets(sockets => sockets.CreateBoundListenSocket = HalfOpen.Listen);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = settings.MaxBodyBytes;
        });

        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
        });
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Logging.AddFilter("MassTransit", LogLevel.Critical);   // a stack trace for each retry, of which the bus says one line itself
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);

        // Without the data protection that AddAuthentication brings: nothing here is encrypted into cookies.
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddWebEncoders();
        builder.Services.AddAuthenticationCore(options => options.DefaultScheme = TokenAuthentication.SchemeName);
        new AuthenticationBuilder(builder.Services)
            .AddScheme<TokenAuthenticationOptions, TokenAuthentication>(TokenAuthentication.SchemeName, scheme => scheme.Open = settings.Open);
        builder.Services.AddSingleton(all => new TokensFile(settings.Tokens, all.GetRequiredService<TimeProvider>(), all.GetRequiredService<ILogger<TokensFile>>()));
        builder.Services.AddAuthorizationBuilder()
            .AddPolicy(Policies.Operator, policy => policy.RequireRole(Kinds.Operator))
            .AddPolicy(Policies.Framework, policy => policy.RequireRole(Kinds.Framework, Kinds.Operator))
            .AddPolicy(Policies.Agent, policy => policy.RequireRole(Kinds.Agent, Kinds.Operator));
        builder.Services.AddHealthChecks();
        builder.Services.AddExceptionHandler(options =>
        {
            options.ExceptionHandler = context => Answer(context, statusOf);
            options.SuppressDiagnosticsCallback = _ => true;   // logged in Answer, with the correlation id
        });
        return builder;
    }

    /// <summary>Puts the pieces in front of the endpoints. Call before mapping them.</summary>
    public static WebApplication UseEdge(this WebApplication app)
    {
        app.Use((context, next) =>
        {
            context.Response.Headers[CorrelationHeader] = context.Correlation();
            return next(context);
        });
        app.UseExceptionHandler();
        // Before the first caller: a file that cannot be used ends the start.
        var tokens = app.Services.GetRequiredService<TokensFile>();
        app.Use(tokens.Serve);
        app.UseAuthentication();
        app.UseAuthorization();
        return app;
    }

    /// <summary>
    /// <c>/health/live</c>: the process answers. <c>/health/ready</c>: every registered health check passes; 503 and their names otherwise.
    /// </summary>
    public static IEndpointRouteBuilder MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapHealthChecks("/health/live", new() { Predicate = _ => false, ResponseWriter = Write }).AllowAnonymous();
        app.MapHealthChecks("/health/ready", new() { ResponseWriter = Write }).AllowAnonymous();
        return app;
    }

    private static Task Write(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(
        new
        {
            Status = report.Status.ToString().ToLowerInvariant(),
            Checks = report.Entries.OrderBy(entry => entry.Key, StringComparer.Ordinal)
                .Select(entry => new { Name = entry.Key, Status = entry.Value.Status.ToString().ToLowerInvariant(), entry.Value.Description }),
        },
        Json.Options,
        context.RequestAborted);

    // What went wrong inside is in the log; the caller learns the status and the id to ask for.
    private static Task Answer(HttpContext context, Func<Exception, int?>? statusOf)
    {
        var exception = context.Features.Get<IExceptionHandlerFeature>()?.Error;
        if (exception is BadHttpRequestException bad)
            return Problems.Write(context, bad.StatusCode, "malformed", bad.Message);
        if (exception is not null && statusOf?.Invoke(exception) is { } status)
            return Problems.Write(context, status, "unavailable", exception.Message);

        context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(Edges)).LogError(
            exception, "{Method} {Path} failed, correlation {Correlation}", context.Request.Method, context.Request.Path, context.Correlation());
        return Problems.Write(
            context, StatusCodes.Status500InternalServerError, "failed", "the request failed; the log has the cause under this correlation");
    }
}
