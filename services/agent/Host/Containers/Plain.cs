using Bourse.Agent.Host.Processes;
using Bourse.Agent.Host.Secrets;
using Bourse.Contracts;

namespace Bourse.Agent.Host.Containers;

/// <summary>No container at all: a process like any other, as its user and in its sandbox. Limits nothing.</summary>
internal sealed class Plain : IContainerizer
{
    private readonly string? bash = Programs.Find("bash");
    private readonly string? setpriv = Programs.Find("setpriv");

    /// <inheritdoc/>
    public string Name => "plain";

    /// <inheritdoc/>
    public string? Missing => null;

    /// <inheritdoc/>
    public Task<ContainerLaunch> Prepare(ContainerOrder order, CancellationToken cancelled)
    {
        foreach (var file in order.Task.Spec.SecretFiles)
            SecretFiles.Write(order.Sandbox, file.Path, order.Secrets.Bytes(file.Secret), order.User);
        return Task.FromResult(new ContainerLaunch([.. As(order.User), .. Command(order.Task.Spec.Command)], order.Environment));
    }

    /// <inheritdoc/>
    public Task<ContainerEnding> Settle(long run, CancellationToken stopping) => Task.FromResult(new ContainerEnding());

    /// <inheritdoc/>
    public void Forget(long run)
    {
        // Nothing is kept about a run.
    }

    /// <inheritdoc/>
    public ContainerUse? Measure(long run, ProcessIdentity supervisor) => ProcessUse.Look().Of(supervisor);

    private string[] As(User? user) =>
        user is null ? []
        : setpriv is null ? throw new CannotStartException($"This agent cannot run tasks as '{user.Name}': setpriv is not on the machine")
        : [setpriv, $"--reuid={user.Id}", $"--regid={user.Group}", "--init-groups", "--"];

    private IEnumerable<string> Command(TaskCommand command)
    {
        if (command.Value is not { Length: > 0 } value)
            throw new CannotStartException("The command names nothing to run (command.value)");
        if (command.Shell)
            return [Programs.Shell, "-c", value];

        var argv = command.Arguments;
        if (argv.Count == 0 || argv[0] == value)
            return [value, .. argv.Skip(1)];
        // Only bash can give a program another name than its path. Without it the program gets its path, which few will notice.
        return bash is null ? [value, .. argv.Skip(1)] : [bash, "-c", "exec -a \"$0\" -- \"$@\"", argv[0], value, .. argv.Skip(1)];
    }
}
