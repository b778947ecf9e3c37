using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Bourse.Contracts;

namespace Bourse.Journal;

/// <summary>Facts to JSON and back.</summary>
internal static class Facts
{
    // PostgreSQL's jsonb sorts properties, so the discriminator of a polymorphic value need not come first.
    public static readonly JsonSerializerOptions Reading = new(Json.Options) { AllowOutOfOrderMetadataProperties = true };

    public static byte[] Write(IFact fact) => JsonSerializer.SerializeToUtf8Bytes(fact, Json.Options.GetTypeInfo(fact.GetType()));

    public static IFact Read(NameTable names, string name, ReadOnlySpan<byte> json)
    {
        var (type, toCurrent) = names.ShapeOf(name);
        var stored = JsonSerializer.Deserialize(json, Reading.GetTypeInfo(type))
            ?? throw new JsonException($"a stored {name} is null");
        return (IFact)(toCurrent is null ? stored : toCurrent(stored));
    }

    /// <summary>Whether the JSON has the one character that PostgreSQL cannot store.</summary>
    public static bool HasNul(ReadOnlySpan<byte> json)
    {
        for (var rest = json; rest.IndexOf("\\u0000"u8) is >= 0 and var at; rest = rest[(at + 6)..])
        {
            // An even number of backslashes before it makes it a real escape, not the text of one.
            var before = 0;
            while (at - 1 - before >= 0 && rest[at - 1 - before] == (byte)'\\')
                before++;
            if (before % 2 == 0)
                return true;
        }
        return false;
    }

    /// <summary>Every subject of an entry once, the principal behind it included, as they are indexed.</summary>
    public static IEnumerable<string> Subjects(IFact fact, Origin origin)
    {
        var seen = new HashSet<string>(4, StringComparer.Ordinal);
        foreach (var subject in fact.Subjects)
        {
            if (IndexKey(subject.ToString()) is var key && seen.Add(key))
                yield return key;
        }
        if (IndexKey($"principal-{origin.Principal}") is var principal && seen.Add(principal))
            yield return principal;
    }

    /// <summary>
    /// What a subject is indexed by: itself, or for one so long that PostgreSQL would refuse the index row (and with it the whole commit)
    /// its beginning and a digest.
    /// </summary>
    public static string IndexKey(string subject) =>
        Encoding.UTF8.GetByteCount(subject) <= 1024 ? subject : $"{subject[..200]}~{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(subject)))}";
}
