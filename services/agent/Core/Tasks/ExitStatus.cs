namespace Bourse.Agent;

/// <summary>How a command ended: exactly one of the two is given.</summary>
/// <param name="Code">Its exit code.</param>
/// <param name="Signal">The signal that ended it.</param>
public sealed record ExitStatus(int? Code, int? Signal)
{
    public static ExitStatus OfCode(int code) => new(code, null);

    public static ExitStatus OfSignal(int signal) => new(null, signal);

    /// <summary>As Mesos words it: <c>exited with status 3</c>, <c>terminated with signal Killed</c>.</summary>
    public override string ToString() => Signal is { } signal ? $"terminated with signal {NameOf(signal)}" : $"exited with status {Code}";

    // The words of strsignal(3) on Linux.
    private static string NameOf(int signal) => signal switch
    {
        1 => "Hangup",
        2 => "Interrupt",
        3 => "Quit",
        4 => "Illegal instruction",
        5 => "Trace/breakpoint trap",
        6 => "Aborted",
        7 => "Bus error",
        8 => "Floating point exception",
        9 => "Killed",
        10 => "User defined signal 1",
        11 => "Segmentation fault",
        12 => "User defined signal 2",
        13 => "Broken pipe",
        14 => "Alarm clock",
        15 => "Terminated",
        16 => "Stack fault",
        24 => "CPU time limit exceeded",
        25 => "File size limit exceeded",
        26 => "Virtual timer expired",
        27 => "Profiling timer expired",
        29 => "I/O possible",
        30 => "Power failure",
        31 => "Bad system call",
        _ => $"{signal}",
    };
}
