using Bourse.Agent.Host;
using Bourse.Agent.Host.Settings;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bourse.Agent.Tests.Host;

/// <summary>An agent with real processes in a directory of its own, and a bus that plays the rest of the cluster.</summary>
internal sealed class Machine : IAsyncDisposable
{
    private AgentRuntime? runtime;
    private Task running = Task.CompletedTask;

    public Machine() => Start();

    public string Work { get; } = Directory.CreateTempSubdirectory("bourse-agent-").FullName;

    public FakeBus Bus { get; } = new();

    public AgentRuntime Runtime => runtime!;

    public void Start()
    {
        runtime = new(
            new AgentSettings
            {
                Id = Example.A1,
                Work = Work,
                Hostname = "localhost",
                Resources = Resources.Of(Resource.Of("cpus", 4), Resource.Of("mem", 1024)),
                Limits = new() { ConfirmWithin = TimeSpan.FromMilliseconds(100) },
            },
            Bus, TimeProvider.System, NullLogger.Instance);
        running = runtime.Start("127.0.0.1", 5051);
    }

    /// <summary>The agent is gone; its tasks know nothing of it.</summary>
    public async Task Stop()
    {
        var failed = running.IsFaulted;
        await Runtime.DisposeAsync();
        if (failed)
            await running;
    }

    public TaskId Launch(string id, string shell, params Variable[] environment) =>
        Launch(id, new TaskCommand(Shell: true, shell, Environment: environment.ToValueList()), []);

    public TaskId Launch(string id, TaskCommand command, ValueList<SecretFile> files)
    {
        Bus.Command(number => LaunchOf(number, id, command, files));
        return new(id);
    }

    public static LaunchTask LaunchOf(long number, string id, TaskCommand command, ValueList<SecretFile> files) => new(
        number, Example.Web, new(id),
        new(new(id), id, Resources.Of(Resource.Of("cpus", 0.1)), command, files, KillGrace: TimeSpan.FromSeconds(20)), "web", "");

    public string Sandbox(string encodedId) => Path.Combine(Work, "sandboxes", Example.Web.Value, encodedId);

    public string Output(string encodedId, string name = "stdout") => File.ReadAllText(Path.Combine(Sandbox(encodedId), name));

    public async ValueTask DisposeAsync()
    {
        await Stop();
        Directory.Delete(Work, recursive: true);
    }
}
