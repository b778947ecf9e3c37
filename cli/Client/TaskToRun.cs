using Bourse.Client;
using Bourse.MesosV1;
using Environment = Bourse.MesosV1.Environment;

namespace Bourse.Cli.Client;

/// <summary>A task a framework wants to run.</summary>
/// <param name="Id">Unique within the framework; a further attempt gets an id derived from it.</param>
/// <param name="Name">For people.</param>
/// <param name="Cpus">Processors.</param>
/// <param name="MemMb">Memory, MB.</param>
/// <param name="Argv">The program and its arguments.</param>
/// <param name="SecretVariables">Variables that get the value of a secret.</param>
/// <param name="SecretFiles">Files of the sandbox that get the value of a secret.</param>
internal sealed record TaskToRun(
    string Id,
    string Name,
    double Cpus,
    double MemMb,
    IReadOnlyList<string> Argv,
    IReadOnlyList<SecretUse> SecretVariables,
    IReadOnlyList<SecretUse> SecretFiles)
{
    /// <summary>The Mesos v1 TaskInfo of an attempt on the agent of an offer.</summary>
    public TaskInfo Info(string attempt, Offer offer)
    {
        var task = Make.Task(attempt, offer, Make.Program(Argv), Make.Scalar("cpus", Cpus), Make.Scalar("mem", MemMb));
        task.Name = Name;
        if (SecretVariables is not [])
        {
            task.Command.Environment = new()
            {
                Variables =
                {
                    SecretVariables.Select(use => new Environment.Types.Variable
                    {
                        Name = use.As, Type = Environment.Types.Variable.Types.Type.Secret, Secret = Reference(use.Secret),
                    }),
                },
            };
        }

        if (SecretFiles is not [])
        {
            task.Container = new()
            {
                Type = ContainerInfo.Types.Type.Mesos,
                Volumes =
                {
                    SecretFiles.Select(use => new Volume
                    {
                        Mode = Volume.Types.Mode.Ro,
                        ContainerPath = use.As,
                        Source = new() { Type = Volume.Types.Source.Types.Type.Secret, Secret = Reference(use.Secret) },
                    }),
                },
            };
        }

        return task;
    }

    private static Secret Reference(string name) => new() { Type = Secret.Types.Type.Reference, Reference = new() { Name = name } };
}

/// <summary>A secret, and the variable or file it is wanted as.</summary>
internal sealed record SecretUse(string Secret, string As);

/// <summary>An update of a task.</summary>
/// <param name="Task">The task.</param>
/// <param name="Attempt">The task id that the cluster knows: the task's own, or that of a further attempt.</param>
/// <param name="State">As on the wire: TASK_RUNNING…</param>
/// <param name="Message">What the agent said.</param>
/// <param name="Reason">As on the wire; null when none was given.</param>
/// <param name="Agent">Address of its agent; null when it never had one.</param>
internal sealed record TaskUpdate(TaskToRun Task, string Attempt, string State, string? Message, string? Reason, Uri? Agent)
{
    /// <summary>No other state will follow.</summary>
    public bool IsTerminal => State is "TASK_FINISHED" or "TASK_FAILED" or "TASK_KILLED" or "TASK_ERROR" or "TASK_LOST"
        or "TASK_DROPPED" or "TASK_GONE" or "TASK_GONE_BY_OPERATOR";

    /// <summary>Its command ran and ended without being asked to.</summary>
    public bool EndedByItself => State == "TASK_FINISHED" || (State == "TASK_FAILED" && Number("exited with status ") is not null);

    /// <summary>The exit code to answer with: the command's own where it had one.</summary>
    public int ExitCode => (State, Number("exited with status "), Number("terminated with signal ")) switch
    {
        ("TASK_FINISHED", _, _) => 0,
        ("TASK_FAILED", > 0 and < 256 and var status, _) => status,
        ("TASK_FAILED", _, > 0 and < 128 and var signal) => 128 + signal, // as a shell has it
        _ => 1,
    };

    private int? Number(string after)
    {
        var at = Message?.IndexOf(after, StringComparison.OrdinalIgnoreCase) ?? -1;
        return at < 0 ? null : int.TryParse([.. Message!.Skip(at + after.Length).TakeWhile(char.IsAsciiDigit)], out var number) ? number : null;
    }
}
