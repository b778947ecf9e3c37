namespace Bourse.Agent.Host.Processes;

/// <summary>A task cannot be started as it is described; the message is for its framework.</summary>
internal sealed class CannotStartException(string message) : Exception(message);
