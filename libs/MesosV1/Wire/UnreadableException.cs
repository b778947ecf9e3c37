namespace Bourse.MesosV1.Wire;

/// <summary>What a caller sent cannot be read as the message it should be. The text names the field and never quotes its value.</summary>
public sealed class UnreadableException(string message, Exception? inner = null) : Exception(message, inner);
