namespace Bourse.Simulation;

/// <summary>A scenario file that cannot be run; says which step and key is wrong.</summary>
/// <param name="message">What is wrong, and where.</param>
public sealed class ScenarioException(string message) : Exception(message);
