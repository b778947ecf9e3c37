using System.Security.Cryptography;
using System.Text;
using Bourse.Agent.Host.Processes;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Agent.Host.Secrets;

/// <summary>A task's secrets in clear, for as long as it takes to start it. Says nothing about their content, not even in an error.</summary>
internal sealed class OpenedSecrets : IDisposable
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Dictionary<string, byte[]> values = new(StringComparer.Ordinal);

    /// <summary>Opens what was sealed to this agent.</summary>
    /// <exception cref="CannotStartException">A box is not for this agent, or was altered.</exception>
    public OpenedSecrets(ECDiffieHellman key, AgentId agent, ValueList<SealedSecret> boxes)
    {
        foreach (var box in boxes)
        {
            try
            {
                values[box.Secret] = Sealing.Open(key, box.Box, SealingContexts.Give(box.Secret, box.Version, agent));
            }
            catch (CryptographicException)
            {
                throw new CannotStartException($"The value of secret '{box.Secret}' could not be opened with this agent's key");
            }
        }
    }

    /// <summary>The bytes of a secret.</summary>
    /// <exception cref="CannotStartException">It is not among those given.</exception>
    public ReadOnlySpan<byte> Bytes(string secret) =>
        values.TryGetValue(secret, out var value) ? value : throw new CannotStartException($"No value was given for secret '{secret}'");

    /// <summary>A secret as the value of an environment variable.</summary>
    /// <exception cref="CannotStartException">It cannot be one.</exception>
    public string Text(string secret)
    {
        var bytes = Bytes(secret);
        if (bytes.Contains((byte)0))
            throw new CannotStartException($"Secret '{secret}' contains a zero byte: a file can hold it, a variable cannot");
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new CannotStartException($"Secret '{secret}' is not UTF-8 text: a file can hold it, a variable cannot");
        }
    }

    public void Dispose()
    {
        foreach (var value in values.Values)
            CryptographicOperations.ZeroMemory(value);
    }
}
