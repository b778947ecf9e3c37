using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Bourse.Edge.Tests;

/// <summary>A real server with the shared pieces and a few endpoints behind each policy.</summary>
public sealed class EdgeHost : IAsyncDisposable
{
    public const string OperatorSecret = "operator-secret-0001";
    public const string FrameworkSecret = "framework-secret-0001";
    public const string AgentSecret = "agent-secret-000001";

    private readonly WebApplication app;
    private readonly string tokens;

    public HttpClient Client { get; }

    public bool Ready { get; set; } = true;

    private EdgeHost(WebApplication app, string tokens)
    {
        (this.app, this.tokens) = (app, tokens);
        Client = new() { BaseAddress = new(app.Urls.Single()) };
    }

    public static async Task<EdgeHost> Start(params (string Key, string Value)[] settings)
    {
        var tokens = Path.GetTempFileName();
        await File.WriteAllTextAsync(tokens, $$"""
            {"tokens":[
              {"principal":"operator","kind":"operator","secret":"{{OperatorSecret}}"},
              {"principal":"marathon","kind":"framework","secret":"{{FrameworkSecret}}"},
              {"principal":"agent-1","kind":"agent","secret":"{{AgentSecret}}"}]}
            """);

        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(settings.Prepend(("Bourse:Tokens", tokens))
            .Select(pair => KeyValuePair.Create(pair.Item1, (string?)pair.Item2)));
        builder.AddEdge(exception => exception is TimeoutException ? 503 : null);
        builder.Logging.ClearProviders();

        EdgeHost? host = null;
        builder.Services.AddHealthChecks()
            .AddCheck("journal", () => host!.Ready ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("no database"));

        var app = builder.Build();
        app.UseEdge();
        app.MapHealth();
        app.MapGet("/operator", (HttpContext c) => c.Caller().Principal).RequireAuthorization(Policies.Operator);
        app.MapGet("/framework", (HttpContext c) => c.Caller().Principal).RequireAuthorization(Policies.Framework);
        app.MapGet("/agent", (HttpContext c) => c.Caller().Principal).RequireAuthorization(Policies.Agent);
        app.MapGet("/origin", (HttpContext c) => c.Caller().Origin);
        app.MapGet("/away", string () => throw new TimeoutException("the journal is away"));
        app.MapGet("/broken", string () => throw new InvalidOperationException("an inner detail"));
        app.MapPost("/body", async (HttpContext c) => await new StreamReader(c.Request.Body).ReadToEndAsync());
        await app.StartAsync();
        return host = new(app, tokens);
    }

    public async Task<HttpResponseMessage> Get(string path, AuthenticationHeaderValue? authorization = null, string? traceparent = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = authorization;
        if (traceparent is not null)
            request.Headers.Add("traceparent", traceparent);
        return await Client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public static AuthenticationHeaderValue Bearer(string secret) => new("Bearer", secret);

    public static AuthenticationHeaderValue Basic(string principal, string secret) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{principal}:{secret}")));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.DisposeAsync();
        File.Delete(tokens);
    }
}
