using Bourse.Agent.Host;
using Bourse.Agent.Host.Containers;
using Bourse.Agent.Host.Processes;
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

    private readonly bool http;
    private Gateway? gateway;
    private int port;
    private readonly AgentLimits limits;

    private readonly ContainerSettings containers;

    public Machine(ContainerSettings containers)
        : this(http: false, limits: null, containers)
    {
    }

    public Machine(bool http = false, AgentLimits? limits = null, ContainerSettings? containers = null)
    {
        this.containers = containers ?? new();
        this.limits = (limits ?? new()) with { ConfirmWithin = TimeSpan.FromMilliseconds(100) };
        this.http = http;
        Start();
    }

    /// <summary>The agent's HTTP side.</summary>
    public Gateway Http => gateway!;

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
                Limits = limits,
                Containers = containers,
            },
            Bus, TimeProvider.System, NullLogger.Instance);
        if (http)
            port = (gateway = new(runtime, port)).Port;
        running = runtime.Start("127.0.0.1", http ? port : 5051);
    }

    /// <summary>The agent is gone; its tasks know nothing of it.</summary>
    public async Task Stop()
    {
        var failed = running.IsFaulted;
        var stopped = Runtime;
        runtime = null;
        await stopped.DisposeAsync();
        if (gateway is not null)
            await gateway.DisposeAsync();
        if (failed)
            await running;
    }

    public TaskId Launch(string id, string shell, params Variable[] environment) =>
        Launch(id, new TaskCommand(Shell: true, shell, Environment: environment.ToValueList()), []);

    public TaskId Launch(string id, TaskCommand command, ValueList<SecretFile> files) => Launch(LaunchOf(0, id, command, files).Spec);

    public TaskId Launch(TaskSpec spec)
    {
        Bus.Command(number => new LaunchTask(number, Example.Web, spec.Id, spec, "web", ""));
        return spec.Id;
    }

    public static LaunchTask LaunchOf(long number, string id, TaskCommand command, ValueList<SecretFile> files) => new(
        number, Example.Web, new(id),
        new(new(id), id, Resources.Of(Resource.Of("cpus", 0.1)), command, files, KillGrace: TimeSpan.FromSeconds(20)), "web", "");

    public string Sandbox(string encodedId) => Path.Combine(Work, "sandboxes", Example.Web.Value, encodedId);

    public string Output(string encodedId, string name = "stdout") => File.ReadAllText(Path.Combine(Sandbox(encodedId), name));

    public async ValueTask DisposeAsync()
    {
        // A test that failed between two runs has stopped the first already.
        if (runtime is not null)
            await Stop();
        // Tasks outlive their agent, and a failed test leaves some: each supervisor leads a process group.
        foreach (var run in Directory.EnumerateFiles(Path.Combine(Work, "runs")))
        {
            if (RunFile.Read(run) is { Supervisor: { } supervisor, Status: null } && ProcessTable.Lives(supervisor))
                _ = Native.Kill(-supervisor.Pid, Native.SigKill);
        }
        using (var left = await Containment.Make(Work, containers, TimeProvider.System, NullLogger.Instance))
            await left.RemoveOrphans(new HashSet<long>(), CancellationToken.None);
        Directory.Delete(Work, recursive: true);
    }
}
