using Bourse.Agent.Host;
using Bourse.Agent.Host.Executors;
using Bourse.Edge;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Bourse.Agent.Tests.Host;

/// <summary>The HTTP side of one run of the agent.</summary>
internal sealed class Gateway : IAsyncDisposable
{
    private readonly WebApplication app;

    public Gateway(AgentRuntime agent, int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration["Bourse:Listen"] = $"http://127.0.0.1:{port}";
        builder.AddEdge();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(agent);   // given, hence not disposed with the rest
        app = builder.Build();
        app.UseEdge();
        app.MapExecutorApi();
        app.StartAsync().GetAwaiter().GetResult();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Port = new Uri(address).Port;
    }

    public int Port { get; }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
