namespace Bourse.Cli;

/// <summary>The verb cannot be done; the message is one line and names the cause. Exit code 1.</summary>
internal sealed class CliException(string message) : Exception(message);
