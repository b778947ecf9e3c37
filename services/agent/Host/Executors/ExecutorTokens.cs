using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Bourse.Agent.Host.Executors;

/// <summary>
/// Tokens of executors: each is bound to one framework, one executor and one container. The key is made at the agent's first start
/// and never leaves its work directory.
/// </summary>
internal sealed class ExecutorTokens
{
    // The names of Mesos.
    private const string Framework = "fid", Executor = "eid", Container = "cid";
    private const int KeyBytes = 32;

    private readonly JsonWebTokenHandler handler = new() { SetDefaultTimesOnTokenCreation = false };
    private readonly SymmetricSecurityKey key;

    public ExecutorTokens(string path)
    {
        if (!File.Exists(path))
        {
            var unfinished = $"{path}.new";
            File.Delete(unfinished);
            using (var file = new FileStream(unfinished, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
            {
                file.Write(Encoding.ASCII.GetBytes(Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes))));
                file.Flush(flushToDisk: true);
            }
            File.Move(unfinished, path);
        }
        key = new(Convert.FromBase64String(File.ReadAllText(path)));
    }

    /// <summary>The token of one run of an executor.</summary>
    public string Make(AgentExecutor executor) => handler.CreateToken(new SecurityTokenDescriptor
    {
        Claims = new Dictionary<string, object>
        {
            [Framework] = executor.FrameworkId.Value,
            [Executor] = executor.Spec.Id.Value,
            [Container] = executor.Container,
        },
        SigningCredentials = new(key, SecurityAlgorithms.HmacSha256),
    });

    /// <summary>Whether a token is the one of this run of this executor.</summary>
    public async Task<bool> Fits(string token, AgentExecutor executor)
    {
        // It lives exactly as long as its container: being bound to it is its expiry.
        var result = await handler.ValidateTokenAsync(token, new()
        {
            IssuerSigningKey = key,
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            ValidateAudience = false,
            ValidateIssuer = false,
            ValidateLifetime = false,
        });
        return result.IsValid && Is(Framework, executor.FrameworkId.Value) && Is(Executor, executor.Spec.Id.Value) && Is(Container, executor.Container);

        bool Is(string claim, string value) => result.Claims.TryGetValue(claim, out var found) && found is string text && text == value;
    }
}
