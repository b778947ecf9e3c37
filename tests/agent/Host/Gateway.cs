using Bourse.Agent.Host;
using Bourse.Agent.Host.Executors;
using Bourse.Agent.Host.Operator;
using Bourse.Agent.Host.Usage;
using Bourse.Edge;
using Bourse.MesosEdge;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Bourse.Agent.Tests.Host;

/// <summary>The HTTP side of one run of the agent.</summary>
internal sealed class Gateway : IAsyncDisposable
{
    public const string Operator = "operator-0123456789-secret", Web = "web-0123456789-secret", Other = "other-0123456789-secret";

    private readonly WebApplication app;
    private readonly string tokens = Path.GetTempFileName();

    public Gateway(AgentRuntime agent, int port)
    {
        File.WriteAllText(tokens, $$"""
            {"tokens":[{"principal":"operator","kind":"operator","secret":"{{Operator}}"},{"principal":"web","kind":"framework","secret":"{{Web}}"},
            {"principal":"other","kind":"framework","secret":"{{Other}}"}]}
            """);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration["Bourse:Tokens"] = tokens;
        builder.Configuration["Bourse:Listen"] = $"http://127.0.0.1:{port}";
        builder.AddEdge();
        builder.Logging.ClearProviders();
        builder.Services.AddLoggingLevel();
        builder.Services.AddSingleton(agent);   // given, hence not disposed with the rest
        app = builder.Build();
        app.UseEdge();
        app.MapExecutorApi();
        app.MapTaskContainer();
        app.MapAgentApi();
        app.MapLegacyApi();
        app.MapUsage();
        app.StartAsync().GetAwaiter().GetResult();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Port = new Uri(address).Port;
    }

    public int Port { get; }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        File.Delete(tokens);
    }
}
