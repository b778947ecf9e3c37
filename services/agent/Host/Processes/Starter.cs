using System.ComponentModel;
using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Bourse.Agent.Host.Fetching;
using Bourse.Agent.Host.Sandboxes;
using Bourse.Agent.Host.Secrets;
using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Agent.Host.Processes;

/// <summary>Starts supervisors: sandbox, secrets, environment, process.</summary>
internal sealed class Starter
{
    private const string Shell = "/bin/sh";
    private const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly WorkDirectory work;
    private readonly AgentId agent;
    private readonly ECDiffieHellman key;
    private readonly Fetcher fetcher;
    private readonly string setsid = Program("setsid") ?? throw new InvalidOperationException("setsid (util-linux or busybox) is not on this machine");
    private readonly string? bash = Program("bash");
    private readonly string? setpriv = Program("setpriv");

    public Starter(WorkDirectory work, AgentId agent, ECDiffieHellman key, Fetcher fetcher)
    {
        this.fetcher = fetcher;
        (this.work, this.agent, this.key) = (work, agent, key);

        // A running supervisor goes on reading the file it began with: replace it, never write into it.
        using var script = Assembly.GetExecutingAssembly().GetManifestResourceStream("supervisor.sh")!;
        var unfinished = $"{work.Supervisor}.new";
        using (var file = File.Create(unfinished))
            script.CopyTo(file);
        File.Move(unfinished, work.Supervisor, overwrite: true);
    }

    /// <summary>Starts a task's supervisor.</summary>
    /// <returns>The supervisor; null when it has ended already.</returns>
    /// <exception cref="CannotStartException">The task cannot be started.</exception>
    public async Task<ProcessIdentity?> Start(AgentTask task, ValueList<SealedSecret> boxes, CancellationToken cancelled)
    {
        try
        {
            using var secrets = new OpenedSecrets(key, agent, boxes);
            var user = User.For(task.Spec.Command.User ?? task.User);
            var sandbox = work.MakeSandbox(task);
            foreach (var file in task.Spec.SecretFiles)
                Write(sandbox, file.Path, secrets.Bytes(file.Secret), user);
            new VolumeDirectories(work).Link(task.Spec.Resources, sandbox, path => Give(path, user));
            Give(sandbox, user);
            await fetcher.Fetch(task.Spec.Command.Uris, sandbox, user, cancelled);

            var start = new ProcessStartInfo(setsid) { WorkingDirectory = sandbox, UseShellExecute = false };
            foreach (var argument in (string[])[Shell, work.Supervisor, work.RunFile(task.Run), sandbox, .. As(user), .. Command(task.Spec.Command)])
                start.ArgumentList.Add(Whole(argument, "The command"));
            FillEnvironment(start.Environment, task, sandbox, secrets);

            using var process = Process.Start(start)!;
            return ProcessTable.Look(process.Id)?.Identity;
        }
        catch (Exception e) when (e is Win32Exception or IOException or UnauthorizedAccessException)
        {
            throw new CannotStartException($"The task could not be started: {e.Message}");
        }
    }

    private void FillEnvironment(IDictionary<string, string?> environment, AgentTask task, string sandbox, OpenedSecrets secrets)
    {
        // Nothing of the agent's own environment: it holds the way to the broker.
        environment.Clear();
        environment["PATH"] = DefaultPath;
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
    }

    private string[] As(User? user) =>
        user is null ? []
        : setpriv is null ? throw new CannotStartException($"This agent cannot run tasks as '{user.Name}': setpriv is not on the machine")
        : [setpriv, $"--reuid={user.Id}", $"--regid={user.Group}", "--init-groups", "--"];

    private IEnumerable<string> Command(TaskCommand command)
    {
        if (command.Value is not { Length: > 0 } value)
            throw new CannotStartException("The command names nothing to run (command.value)");
        if (command.Shell)
            return [Shell, "-c", value];

        var argv = command.Arguments;
        if (argv.Count == 0 || argv[0] == value)
            return [value, .. argv.Skip(1)];
        // Only bash can give a program another name than its path. Without it the program gets its path, which few will notice.
        return bash is null ? [value, .. argv.Skip(1)] : [bash, "-c", "exec -a \"$0\" -- \"$@\"", argv[0], value, .. argv.Skip(1)];
    }

    private static void Write(string sandbox, string path, ReadOnlySpan<byte> value, User? user)
    {
        var segments = path.Split('/');
        if (segments.Any(segment => segment is "" or "." or "..") || path.Contains('\0', StringComparison.Ordinal) || path is "stdout" or "stderr")
            throw new CannotStartException($"'{path}' is not a path for a secret: it must be relative, stay in the sandbox and not be stdout or stderr");

        var directory = sandbox;
        foreach (var segment in segments[..^1])
        {
            directory = Path.Combine(directory, segment);
            Directory.CreateDirectory(directory, OwnerOnly | UnixFileMode.UserExecute);
            Give(directory, user);
        }
        var file = Path.Combine(directory, segments[^1]);
        using (var stream = new FileStream(file, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = OwnerOnly,
        }))
            stream.Write(value);
        Give(file, user);
    }

    private static void Give(string path, User? user)
    {
        if (user is not null && Native.ChangeOwner(path, user.Id, user.Group) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"giving {Path.GetFileName(path)} to {user.Name}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    private static string Whole(string text, string what) =>
        text.Contains('\0', StringComparison.Ordinal) ? throw new CannotStartException($"{what} contains a zero byte") : text;

    private static string? Program(string name) =>
        (Environment.GetEnvironmentVariable("PATH") + ":" + DefaultPath).Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists);
}
