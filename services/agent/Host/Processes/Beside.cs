using System.ComponentModel;
using System.Diagnostics;
using Bourse.Contracts;

namespace Bourse.Agent.Host.Processes;

/// <summary>Processes beside a running task: in its sandbox, with its environment and as its user.</summary>
internal static class Beside
{
    private const string Shell = "/bin/sh";

    /// <summary>How such a process is started. What the command sets goes before what the task has.</summary>
    /// <exception cref="CannotStartException">The task has no process any more, or the command cannot be run.</exception>
    public static ProcessStartInfo Prepare(ProcessIdentity? task, string sandbox, TaskCommand command, string? user)
    {
        var start = new ProcessStartInfo { WorkingDirectory = sandbox, UseShellExecute = false };
        start.Environment.Clear();
        foreach (var (name, value) in EnvironmentOf(task))
            start.Environment[name] = value;
        Fill(start, command, user);
        return start;
    }

    /// <summary>Adds the command's own variables, its program and its user.</summary>
    /// <exception cref="CannotStartException">There is no such user, or nothing to run.</exception>
    public static void Fill(ProcessStartInfo start, TaskCommand command, string? user)
    {
        foreach (var variable in command.Environment.Where(variable => variable.Secret is null))
            start.Environment[variable.Name] = variable.Value ?? "";

        var argv = Argv(command).ToList();
        if (User.For(command.User ?? user) is { } other)
            argv.InsertRange(0, ["setpriv", $"--reuid={other.Id}", $"--regid={other.Group}", "--init-groups", "--"]);
        start.FileName = argv[0];
        foreach (var argument in argv.Skip(1))
            start.ArgumentList.Add(argument);
    }

    /// <summary>Starts it.</summary>
    /// <exception cref="CannotStartException">It cannot be run.</exception>
    public static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Exception e) when (e is Win32Exception or IOException or UnauthorizedAccessException)
        {
            throw new CannotStartException($"The command could not be started: {e.Message}");
        }
    }

    // The supervisor was started with all the task has, values of its secrets included, and nothing else.
    private static IEnumerable<(string Name, string Value)> EnvironmentOf(ProcessIdentity? supervisor)
    {
        if (supervisor is null || !ProcessTable.Lives(supervisor))
            throw new CannotStartException("The task has no process");
        string[] entries;
        try
        {
            entries = File.ReadAllText($"/proc/{supervisor.Pid}/environ").Split('\0', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Exception e) when (ProcessTable.IsGone(e))
        {
            throw new CannotStartException("The task has ended");
        }
        return entries.Select(entry => entry.Split('=', 2)).Where(pair => pair.Length == 2).Select(pair => (pair[0], pair[1]));
    }

    private static IEnumerable<string> Argv(TaskCommand command) =>
        command.Value is not { Length: > 0 } value ? throw new CannotStartException("The command names nothing to run")
        : command.Shell ? [Shell, "-c", value]
        : [value, .. command.Arguments.Skip(1)];
}
