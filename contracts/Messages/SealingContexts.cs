namespace Bourse.Contracts.Messages;

/// <summary>What a box with a secret's value is for. It opens under the same context only, so none can be passed off as another.</summary>
public static class SealingContexts
{
    /// <summary>Of a value on its way to the secrets service, in <see cref="PutSecret"/>.</summary>
    public static string Put(string secret) => secret;

    /// <summary>Of a value on its way to an agent, in <see cref="SealedSecret"/>.</summary>
    public static string Give(string secret, long version, AgentId agent) => $"{secret}|{version}|{agent}";
}
