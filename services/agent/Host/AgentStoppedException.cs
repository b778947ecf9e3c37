namespace Bourse.Agent.Host;

/// <summary>The registry wants nothing of this agent; the message says why.</summary>
internal sealed class AgentStoppedException(string message) : Exception(message);
