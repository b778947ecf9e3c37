using System.ComponentModel;
using System.Reflection;
using System.Security.Cryptography;
using Bourse.Agent.Host.Containers;
using Bourse.Agent.Host.Fetching;
using Bourse.Agent.Host.Sandboxes;
using Bourse.Agent.Host.Secrets;
using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Agent.Host.Processes;

/// <summary>Starts supervisors: sandbox, secrets, environment, process.</summary>
internal sealed class Starter
{
    private readonly WorkDirectory work;
    private readonly AgentId agent;
    private readonly ECDiffieHellman key;
    private readonly Fetcher fetcher;
    private readonly IContainerizer containers;
    private readonly Spawning spawning;

    public Starter(WorkDirectory work, AgentId agent, ECDiffieHellman key, Fetcher fetcher, IContainerizer containers, Spawning spawning)
    {
        (this.work, this.agent, this.key, this.fetcher, this.containers, this.spawning) = (work, agent, key, fetcher, containers, spawning);

        // A running supervisor goes on reading the file it began with: replace it, never write into it.
        using var script = Assembly.GetExecutingAssembly().GetManifestResourceStream("supervisor.sh")!;
        var unfinished = $"{work.Supervisor}.new";
        using (var file = File.Create(unfinished))
            script.CopyTo(file);
        File.Move(unfinished, work.Supervisor, overwrite: true);
    }

    /// <summary>Starts a task's supervisor.</summary>
    /// <returns>The supervisor, null when it has ended already; and its container, null when it has none.</returns>
    /// <exception cref="CannotStartException">The task cannot be started.</exception>
    public async Task<(ProcessIdentity? Supervisor, ContainerState? Container)> Start(AgentTask task, ValueList<SealedSecret> boxes, CancellationToken cancelled)
    {
        try
        {
            using var secrets = new OpenedSecrets(key, agent, boxes);
            var user = User.For(task.Spec.Command.User ?? task.User);
            var sandbox = work.MakeSandbox(task);
            var volumes = new VolumeDirectories(work).Link(task.Spec.Resources, sandbox, path => SecretFiles.Give(path, user));
            SecretFiles.Give(sandbox, user);
            await fetcher.Fetch(task.Spec.Command.Uris, sandbox, user, cancelled);

            var launch = await containers.Prepare(new(task, sandbox, user, MakeEnvironment(task, sandbox, secrets), secrets, volumes), cancelled);
            string[] arguments = [Programs.SupervisorShell, work.Supervisor, work.RunFile(task.Run), sandbox, .. launch.Arguments];
            // Nothing of the agent's own environment: it holds the way to the broker.
            var pid = spawning.Start(task.Run, sandbox, arguments.Select(argument => Whole(argument, "The command")), launch.Environment);
            return ProcessTable.Look(pid)?.Identity is { } supervisor
                ? (supervisor, await containers.Began(task.Run, supervisor, launch.Container, cancelled))
                : (null, launch.Container);
        }
        catch (Exception e) when (e is Win32Exception or IOException or UnauthorizedAccessException)
        {
            throw new CannotStartException($"The task could not be started: {e.Message}");
        }
    }

    private Dictionary<string, string> MakeEnvironment(AgentTask task, string sandbox, OpenedSecrets secrets)
    {
        var environment = new Dictionary<string, string> { ["PATH"] = Programs.DefaultPath };
        environment["MESOS_SANDBOX"] = environment["MESOS_DIRECTORY"] = sandbox;
        environment["MESOS_FRAMEWORK_ID"] = environment["BOURSE_FRAMEWORK_ID"] = task.FrameworkId.Value;
        environment["MESOS_TASK_ID"] = environment["BOURSE_TASK_ID"] = task.Spec.Id.Value;
        environment["MESOS_EXECUTOR_ID"] = task.Spec.Executor?.Value ?? task.Spec.Id.Value;
        environment["MESOS_SLAVE_ID"] = environment["BOURSE_AGENT_ID"] = agent.Value;
        foreach (var variable in task.Spec.Command.Environment)
        {
            if (variable.Name.Length == 0 || variable.Name.Contains('=', StringComparison.Ordinal))
                throw new CannotStartException($"'{variable.Name}' is not a name for an environment variable");
            environment[Whole(variable.Name, "A variable's name")] = variable.Secret is { } secret
                ? secrets.Text(secret)
                : Whole(variable.Value ?? "", $"Variable '{variable.Name}'");
        }
        return environment;
    }

    private static string Whole(string text, string what) =>
        text.Contains('\0', StringComparison.Ordinal) ? throw new CannotStartException($"{what} contains a zero byte") : text;
}
