using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Agent.Tests;

/// <summary>Fixed values that tests speak of.</summary>
internal static class Example
{
    public static readonly AgentId A1 = new("agent-1");
    public static readonly FrameworkId Web = new("web-0001");
    public static readonly TaskId T1 = new("task-1");
    public static readonly TaskKey Key1 = new(Web, T1);
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    public static readonly ProcessIdentity Supervisor = new(4711, 100_000);
    public static readonly ExitStatus Zero = ExitStatus.OfCode(0);

    public static TaskSpec Spec(TaskId id, params string[] secrets) => new(
        id, "a task", Resources.Of(Resource.Of("cpus", 0.1)),
        new(Shell: true, "true", Environment: secrets.Select(secret => new Variable("TOKEN", null, secret)).ToValueList()),
        SecretFiles: [], KillGrace: TimeSpan.FromSeconds(3));

    public static LaunchTask Launch(long number, TaskId? id = null, params string[] secrets) =>
        new(number, Web, id ?? T1, Spec(id ?? T1, secrets), "web", "root");

    public static KillTask Kill(long number, double? graceSeconds = null) =>
        new(number, Web, T1, graceSeconds is { } s ? TimeSpan.FromSeconds(s) : null);

    public static ForgetUpdate Forget(long number, string uuid, TaskId? id = null) => new(number, Web, id ?? T1, uuid);
}
