using System.Buffers;
using System.Data.Common;
using Bourse.Contracts;
using Marten;
using Marten.Services;
using Casing = Weasel.Core.Casing;
using EnumStorage = Weasel.Core.EnumStorage;
using Npgsql;
using NpgsqlTypes;

namespace Bourse.Journal;

/// <summary>
/// Marten's serializer as the journal needs it: a fact was serialised when it was decided, and goes into the store as those bytes;
/// so do the headers. For anybody who reads through Marten it is plain System.Text.Json.
/// </summary>
internal sealed class JournalSerializer : ISerializer
{
    private static readonly SystemTextJsonSerializer Plain = new(new System.Text.Json.JsonSerializerOptions(Facts.Reading));
    private readonly Dictionary<object, byte[]> known = new(ReferenceEqualityComparer.Instance);

    public EnumStorage EnumStorage => EnumStorage.AsString;

    public Casing Casing => Casing.CamelCase;

    public ValueCasting ValueCasting => ValueCasting.Strict;

    /// <summary>The bytes of an object of the append under way.</summary>
    public void Know(object value, byte[] json) => known[value] = json;

    /// <summary>The append is over.</summary>
    public void Forget() => known.Clear();

    public void WriteTo(IBufferWriter<byte> writer, object? value)
    {
        if (value is not null && known.TryGetValue(value, out var json))
            writer.Write(json);
        else
            Plain.WriteTo(writer, value);
    }

    public void WriteToParameter(DbParameter parameter, object? value)
    {
        if (value is not null && known.TryGetValue(value, out var json))
        {
            ((NpgsqlParameter)parameter).NpgsqlDbType = NpgsqlDbType.Jsonb;
            parameter.Value = json;
        }
        else
        {
            Plain.WriteToParameter((NpgsqlParameter)parameter, value);
        }
    }

    public void WriteToParameter(NpgsqlParameter parameter, object? value) => WriteToParameter((DbParameter)parameter, value);

    public string ToJson(object? document) => document is not null && known.TryGetValue(document, out var json)
        ? System.Text.Encoding.UTF8.GetString(json)
        : Plain.ToJson(document);

    public string ToCleanJson(object? document) => Plain.ToCleanJson(document);

    public string ToJsonWithTypes(object document) => Plain.ToJsonWithTypes(document);

    public void WriteToCleanJson(IBufferWriter<byte> writer, object? value) => Plain.WriteToCleanJson(writer, value);

    public void WriteToJsonWithTypes(IBufferWriter<byte> writer, object value) => Plain.WriteToJsonWithTypes(writer, value);

    public T FromJson<T>(Stream stream) => Plain.FromJson<T>(stream);

    public T FromJson<T>(DbDataReader reader, int index) => Plain.FromJson<T>(reader, index);

    public object FromJson(Type type, Stream stream) => Plain.FromJson(type, stream);

    public object FromJson(Type type, DbDataReader reader, int index) => Plain.FromJson(type, reader, index);

    public ValueTask<T> FromJsonAsync<T>(Stream stream, CancellationToken cancellationToken = default) =>
        Plain.FromJsonAsync<T>(stream, cancellationToken);

    public ValueTask<T> FromJsonAsync<T>(DbDataReader reader, int index, CancellationToken cancellationToken = default) =>
        Plain.FromJsonAsync<T>(reader, index, cancellationToken);

    public ValueTask<object> FromJsonAsync(Type type, Stream stream, CancellationToken cancellationToken = default) =>
        Plain.FromJsonAsync(type, stream, cancellationToken);

    public ValueTask<object> FromJsonAsync(Type type, DbDataReader reader, int index, CancellationToken cancellationToken = default) =>
        Plain.FromJsonAsync(type, reader, index, cancellationToken);
}
