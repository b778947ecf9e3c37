namespace Bourse.Contracts;

/// <summary>How a task is looked at from outside: exactly one of the three ways is given.</summary>
/// <param name="Command">A command beside the task; exit code 0 is well.</param>
/// <param name="Http">A GET; 200 to 399 is well.</param>
/// <param name="Tcp">A connection to this port of the machine.</param>
/// <param name="Delay">From the launch to the first look.</param>
/// <param name="Interval">From the end of a look to the next one.</param>
/// <param name="Timeout">A look that takes longer has failed; zero for no limit.</param>
public sealed record CheckSpec(
    TaskCommand? Command, HttpCheck? Http, int? Tcp, TimeSpan Delay, TimeSpan Interval, TimeSpan Timeout);

/// <summary>Where an HTTP check looks.</summary>
/// <param name="Port">Port of the machine.</param>
/// <param name="Path">Path with query; starts with a slash.</param>
/// <param name="Scheme"><c>http</c> or <c>https</c>; certificates are not verified.</param>
public sealed record HttpCheck(int Port, string Path = "/", string Scheme = "http");

/// <summary>A check that decides over a task's life.</summary>
/// <param name="Check">How it looks.</param>
/// <param name="Failures">So many failures in a row end the task.</param>
/// <param name="Grace">For so long from the launch failures do not count, until the first success.</param>
public sealed record HealthSpec(CheckSpec Check, int Failures, TimeSpan Grace);

/// <summary>What the latest check of a task found; nothing given: it has not looked yet, or the look failed.</summary>
/// <param name="Kind"><c>COMMAND</c>, <c>HTTP</c> or <c>TCP</c>.</param>
/// <param name="ExitCode">Of the command.</param>
/// <param name="StatusCode">Of the HTTP answer.</param>
/// <param name="Succeeded">Whether the connection was made.</param>
public sealed record CheckResult(string Kind, int? ExitCode = null, int? StatusCode = null, bool? Succeeded = null);

/// <summary>Something to fetch into the sandbox before the command starts.</summary>
/// <param name="Value">An http, https or file URI, or a path.</param>
/// <param name="Executable">Give it the executable bit; it is not unpacked then.</param>
/// <param name="Extract">Unpack it when it is an archive.</param>
/// <param name="Cache">Keep it for other tasks of the same user.</param>
/// <param name="OutputFile">Name in the sandbox; null for the last part of the URI.</param>
public sealed record FetchedUri(string Value, bool Executable = false, bool Extract = true, bool Cache = false, string? OutputFile = null);
