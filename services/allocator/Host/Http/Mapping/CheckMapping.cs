using Bourse.Contracts;
using V1 = Bourse.MesosV1;

namespace Bourse.Allocator.Host.Http.Mapping;

/// <summary>Checks and what they found.</summary>
internal static class CheckMapping
{
    // Above it a check would never come, and times would not fit what they are counted in.
    private const double LongestSeconds = 1e9;

    /// <summary>A check that decides over a task's life.</summary>
    /// <exception cref="UnusableException">It cannot be honoured.</exception>
    public static HealthSpec? Read(V1.HealthCheck? check)
    {
        if (check is null)
            return null;
        // Before there were types, a member alone told which it is.
        var type = check.HasType ? check.Type : check.Http is not null ? V1.HealthCheck.Types.Type.Http : V1.HealthCheck.Types.Type.Command;
        var spec = Spec("HealthCheck", EnumNames.Of(type), check.Command, check.Http is { } http ? (http.Port, http.HasPath ? http.Path : null, http.Scheme) : null,
            check.Tcp?.Port, check.DelaySeconds, check.IntervalSeconds, check.TimeoutSeconds);
        return new(spec, (int)Math.Min(check.ConsecutiveFailures, int.MaxValue), Seconds("HealthCheck", "grace_period_seconds", check.GracePeriodSeconds));
    }

    /// <summary>A check that is only reported.</summary>
    /// <exception cref="UnusableException">It cannot be honoured.</exception>
    public static CheckSpec? Read(V1.CheckInfo? check) => check is null ? null : Spec(
        "CheckInfo", check.HasType ? EnumNames.Of(check.Type) : "", check.Command?.Command_, check.Http is { } http ? (http.Port, http.HasPath ? http.Path : null, "http") : null,
        check.Tcp?.Port, check.DelaySeconds, check.IntervalSeconds, check.TimeoutSeconds);

    private static CheckSpec Spec(
        string what, string type, V1.CommandInfo? command, (uint Port, string? Path, string Scheme)? http, uint? tcp, double delay, double interval, double timeout)
    {
        var times = (Delay: Seconds(what, "delay_seconds", delay), Interval: Seconds(what, "interval_seconds", interval), Timeout: Seconds(what, "timeout_seconds", timeout));
        switch (type)
        {
            case "COMMAND" when command is not null:
                var run = TaskInfoMapping.Command(command);
                if (run.Environment.Any(variable => variable.Secret is not null))
                    throw new UnusableException($"{what} uses a secret in its environment; the task's own are there anyway");
                return new(run, null, null, times.Delay, times.Interval, times.Timeout);
            case "HTTP" when http is var (port, path, scheme):
                if (path is not null && !path.StartsWith('/'))
                    throw new UnusableException($"The path '{path}' of HTTP {what} must start with '/'");
                if (scheme is not ("" or "http" or "https"))
                    throw new UnusableException($"Unsupported HTTP {what} scheme: '{scheme}'");
                return new(null, new(Port(what, port), path ?? "/", scheme.Length == 0 ? "http" : scheme), null, times.Delay, times.Interval, times.Timeout);
            case "TCP" when tcp is { } number:
                return new(null, null, Port(what, number), times.Delay, times.Interval, times.Timeout);
            default:
                throw new UnusableException($"{what} must have 'type' and the member that it names");
        }
    }

    private static int Port(string what, uint port) =>
        port is > 0 and <= ushort.MaxValue ? (int)port : throw new UnusableException($"{what} names port {port}, which is none");

    private static TimeSpan Seconds(string what, string field, double value) =>
        value is >= 0 and <= LongestSeconds ? TimeSpan.FromSeconds(value) : throw new UnusableException($"{what}'s '{field}' must be non-negative");

    /// <summary>The latest result; of a check that has not looked yet, or failed to, only its kind.</summary>
    public static V1.CheckStatusInfo Write(CheckResult result)
    {
        var status = new V1.CheckStatusInfo { Type = EnumNames.Parse<V1.CheckInfo.Types.Type>(result.Kind) };
        switch (status.Type)
        {
            case V1.CheckInfo.Types.Type.Command:
                status.Command = new();
                if (result.ExitCode is { } code)
                    status.Command.ExitCode = code;
                break;
            case V1.CheckInfo.Types.Type.Http:
                status.Http = new();
                if (result.StatusCode is { } http)
                    status.Http.StatusCode = (uint)http;
                break;
            case V1.CheckInfo.Types.Type.Tcp:
                status.Tcp = new();
                if (result.Succeeded is { } succeeded)
                    status.Tcp.Succeeded = succeeded;
                break;
        }
        return status;
    }
}
