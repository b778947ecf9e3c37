using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bourse.Servers;

/// <summary>
/// Users, permissions and exchanges of a broker, in the form RabbitMQ exports and imports. Read by the server at every boot, which
/// costs nothing; the same through its command line is a second or two of Erlang for each single one.
/// </summary>
public sealed record BrokerDefinitions(
    IReadOnlyList<BrokerUser> Users,
    IReadOnlyList<BrokerPermission> Permissions,
    [property: JsonPropertyName("topic_permissions")] IReadOnlyList<BrokerTopicPermission> TopicPermissions,
    IReadOnlyList<BrokerExchange> Exchanges)
{
    private static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>The virtual hosts; one is enough for a server of our own.</summary>
    public IReadOnlyList<BrokerVirtualHost> Vhosts { get; } = [new("/")];

    /// <summary>One user that may do everything.</summary>
    public static BrokerDefinitions Of(string user, string password) =>
        new([BrokerUser.Create(user, password, "administrator")], [new(user, ".*", ".*", ".*")], [], []);

    /// <summary>The JSON that RabbitMQ imports.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Form);
}

/// <summary>A virtual host.</summary>
public sealed record BrokerVirtualHost(string Name);

/// <summary>A user; of the password only its salted hash.</summary>
public sealed record BrokerUser(
    string Name,
    [property: JsonPropertyName("password_hash")] string PasswordHash,
    [property: JsonPropertyName("hashing_algorithm")] string HashingAlgorithm,
    IReadOnlyList<string> Tags)
{
    /// <summary>A user with this password and these tags (administrator, monitoring…).</summary>
    public static BrokerUser Create(string name, string password, params string[] tags)
    {
        // RabbitMQ's own form: four bytes of salt, then SHA-256 over salt and password. The passwords are random, hence safe with it.
        var salt = RandomNumberGenerator.GetBytes(4);
        var hash = Convert.ToBase64String([.. salt, .. SHA256.HashData([.. salt, .. Encoding.UTF8.GetBytes(password)])]);
        return new(name, hash, "rabbit_password_hashing_sha256", tags);
    }
}

/// <summary>What a user may configure, write and read, as regular expressions over names.</summary>
public sealed record BrokerPermission(string User, string Configure, string Write, string Read, string Vhost = "/");

/// <summary>Which routing keys a user may write to and bind from on a topic exchange.</summary>
public sealed record BrokerTopicPermission(string User, string Exchange, string Write, string Read, string Vhost = "/");

/// <summary>A durable exchange.</summary>
public sealed record BrokerExchange(
    string Name,
    string Type = "topic",
    bool Durable = true,
    [property: JsonPropertyName("auto_delete")] bool AutoDelete = false,
    bool Internal = false,
    string Vhost = "/")
{
    /// <summary>None; the field must be there.</summary>
    public IReadOnlyDictionary<string, string> Arguments { get; } = new Dictionary<string, string>();
}
