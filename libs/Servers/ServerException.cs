namespace Bourse.Servers;

/// <summary>A private server cannot be had. The message is one line for people and names the cause.</summary>
public sealed class ServerException : Exception
{
    /// <summary>Without a cause.</summary>
    public ServerException(string message) : base(message) { }

    /// <summary>With its cause.</summary>
    public ServerException(string message, Exception cause) : base(message, cause) { }
}
