using System.Buffers;
using System.Collections;
using System.Globalization;

namespace Bourse.Client;

/// <summary>What an agent tells the executor that it starts, by variables.</summary>
/// <param name="FrameworkId">MESOS_FRAMEWORK_ID.</param>
/// <param name="ExecutorId">MESOS_EXECUTOR_ID.</param>
/// <param name="Agent">MESOS_AGENT_ENDPOINT, as an address.</param>
public sealed record ExecutorEnvironment(string FrameworkId, string ExecutorId, Uri Agent)
{
    private static readonly SearchValues<char> OfNumbers = SearchValues.Create("0123456789.");

    /// <summary>MESOS_DOMAIN_SOCKET: the agent's socket, used instead of its address where there is one.</summary>
    public string? DomainSocket { get; init; }

    /// <summary>MESOS_SANDBOX, or MESOS_DIRECTORY: where to write.</summary>
    public string? Sandbox { get; init; }

    /// <summary>MESOS_CHECKPOINT: the framework wants its executors to outlive a restart of their agent.</summary>
    public bool Checkpoint { get; init; }

    /// <summary>MESOS_RECOVERY_TIMEOUT: how long to wait for the agent's return.</summary>
    public TimeSpan RecoveryTimeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>MESOS_SUBSCRIPTION_BACKOFF_MAX: the longest pause before subscribing again.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD: how long there is between SHUTDOWN and being destroyed.</summary>
    public TimeSpan ShutdownGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>MESOS_EXECUTOR_AUTHENTICATION_TOKEN, as a credential.</summary>
    public ClientCredential? Credential { get; init; }

    /// <summary>Reads the variables of this process.</summary>
    /// <exception cref="InvalidOperationException">No agent has started it, or one left out what it must say.</exception>
    public static ExecutorEnvironment Read() => Read(Environment.GetEnvironmentVariables());

    internal static ExecutorEnvironment Read(IDictionary variables)
    {
        string? Find(string name) => variables[name] is string { Length: > 0 } value ? value : null;
        string Must(string name) => Find(name) ?? throw new InvalidOperationException($"{name} is not set: an executor is started by an agent");
        TimeSpan Time(string name, TimeSpan otherwise) => Find(name) is { } text ? Duration(name, text) : otherwise;

        var usual = new ExecutorEnvironment(Must("MESOS_FRAMEWORK_ID"), Must("MESOS_EXECUTOR_ID"), new Uri($"http://{Must("MESOS_AGENT_ENDPOINT")}"));
        return usual with
        {
            DomainSocket = Find("MESOS_DOMAIN_SOCKET"),
            Sandbox = Find("MESOS_SANDBOX") ?? Find("MESOS_DIRECTORY"),
            Checkpoint = Find("MESOS_CHECKPOINT") is "1" or "true",
            RecoveryTimeout = Time("MESOS_RECOVERY_TIMEOUT", usual.RecoveryTimeout),
            LongestPause = Time("MESOS_SUBSCRIPTION_BACKOFF_MAX", usual.LongestPause),
            ShutdownGrace = Time("MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD", usual.ShutdownGrace),
            Credential = Find("MESOS_EXECUTOR_AUTHENTICATION_TOKEN") is { } token ? ClientCredential.Bearer(token) : null,
        };
    }

    /// <summary>A time as Mesos writes it: a number, directly followed by a unit.</summary>
    private static TimeSpan Duration(string name, string text)
    {
        var digits = text.AsSpan().IndexOfAnyExcept(OfNumbers);
        var unit = digits < 0 ? "" : text[digits..];
        if (digits > 0 && double.TryParse(text[..digits], CultureInfo.InvariantCulture, out var number) && Ticks(unit) is { } ticks
            && number * ticks <= TimeSpan.MaxValue.Ticks)
            return TimeSpan.FromTicks((long)(number * ticks));
        throw new InvalidOperationException($"{name} is no time: {text}");
    }

    private static double? Ticks(string unit) => unit switch
    {
        "ns" => 0.01,
        "us" => TimeSpan.TicksPerMicrosecond,
        "ms" => TimeSpan.TicksPerMillisecond,
        "secs" => TimeSpan.TicksPerSecond,
        "mins" => TimeSpan.TicksPerMinute,
        "hrs" => TimeSpan.TicksPerHour,
        "days" => TimeSpan.TicksPerDay,
        "weeks" => 7 * TimeSpan.TicksPerDay,
        _ => null,
    };
}
