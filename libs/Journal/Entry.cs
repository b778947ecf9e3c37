using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Journal;

/// <summary>An event as it is stored: the fact as JSON bytes and its metadata, both read only when somebody looks.</summary>
public sealed class Entry
{
    private readonly byte[]? headers;
    private Metadata? metadata;
    private IFact? fact;

    /// <summary>An event to be appended.</summary>
    public Entry(long position, string name, IFact fact, byte[] json, Origin origin, DateTimeOffset at, long epoch, Heard? heard)
    {
        (Position, Name, Json, this.fact) = (position, name, json, fact);
        metadata = new Metadata(origin, at, epoch, heard);
    }

    /// <summary>An event that was read.</summary>
    public Entry(long position, string name, byte[] json, byte[] headers) =>
        (Position, Name, Json, this.headers) = (position, name, json, headers);

    /// <summary>Dense position.</summary>
    public long Position { get; }

    /// <summary>Stable name.</summary>
    public string Name { get; }

    /// <summary>The fact as UTF-8 JSON.</summary>
    public byte[] Json { get; }

    /// <summary>Who and what is behind it.</summary>
    public Origin Origin => Meta.Origin;

    /// <summary>UTC instant of the commit; never before that of an earlier position.</summary>
    public DateTimeOffset At => Meta.At;

    /// <summary>The leader that recorded it.</summary>
    public long Epoch => Meta.Epoch;

    /// <summary>The other service's commit it follows from, if any.</summary>
    public Heard? Heard => metadata is null && headers.AsSpan().IndexOf("\"heard\""u8) < 0 ? null : Meta.Heard;

    private Metadata Meta => metadata ??= Metadata.Read(headers);

    /// <summary>The fact in its current shape.</summary>
    public IFact Fact(NameTable names) => fact ??= Facts.Read(names, Name, Json);

    /// <summary>With its fact.</summary>
    public Recorded Recorded(NameTable names) => new(Position, Name, Fact(names), Origin, At, Epoch);

    /// <summary>As it travels.</summary>
    public CommittedEvent Committed() => new(Position, Name, At, JsonSerializer.Deserialize<JsonElement>(Json), Origin, Epoch);

    /// <summary>The metadata as UTF-8 JSON.</summary>
    internal byte[] Headers() => headers ?? Meta.Write(Position);

    /// <summary>Writes the form of <see cref="CommittedEvent"/>, after an optional first field, without parsing the fact.</summary>
    internal void Write(Utf8JsonWriter json, string? service = null)
    {
        json.WriteStartObject();
        if (service is not null)
            json.WriteString("service"u8, service);
        json.WriteNumber("position"u8, Position);
        json.WriteString("name"u8, Name);
        json.WriteString("at"u8, At);
        json.WritePropertyName("data"u8);
        json.WriteRawValue(Json, skipInputValidation: true);
        json.WritePropertyName("origin"u8);
        JsonSerializer.Serialize(json, Origin, Contracts.Json.Options);
        json.WriteNumber("epoch"u8, Epoch);
        json.WriteEndObject();
    }

    private sealed record Metadata(Origin Origin, DateTimeOffset At, long Epoch, Heard? Heard)
    {
        public byte[] Write(long position)
        {
            var buffer = new ArrayBufferWriter<byte>(192);
            using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = Contracts.Json.Options.Encoder, SkipValidation = true }))
            {
                json.WriteStartObject();
                json.WriteNumber("position"u8, position);
                json.WriteNumber("epoch"u8, Epoch);
                json.WriteNumber("at"u8, (At.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond);
                json.WriteString("principal"u8, Origin.Principal);
                json.WriteString("correlation"u8, Origin.Correlation);
                if (Origin.Causation is { } causation)
                    json.WriteString("causation"u8, causation);
                if (Heard is { } heard)
                {
                    json.WriteStartObject("heard"u8);
                    json.WriteString("sender"u8, heard.Sender);
                    json.WriteNumber("position"u8, heard.Position);
                    json.WriteEndObject();
                }
                json.WriteEndObject();
            }
            return buffer.WrittenSpan.ToArray();
        }

        public static Metadata Read(ReadOnlySpan<byte> headers)
        {
            var json = new Utf8JsonReader(headers);
            string? principal = null, correlation = null, causation = null;
            long at = 0, epoch = 0;
            Heard? heard = null;
            json.Read();
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (json.ValueTextEquals("principal"u8))
                    principal = Text(ref json);
                else if (json.ValueTextEquals("correlation"u8))
                    correlation = Text(ref json);
                else if (json.ValueTextEquals("causation"u8))
                    causation = Text(ref json);
                else if (json.ValueTextEquals("at"u8))
                    at = Number(ref json);
                else if (json.ValueTextEquals("epoch"u8))
                    epoch = Number(ref json);
                else if (json.ValueTextEquals("heard"u8))
                    heard = ReadHeard(ref json);
                else
                    json.Skip();
            }
            return new(new Origin(principal ?? "", correlation ?? "", causation), Instant(at), epoch, heard);
        }

        private static Heard ReadHeard(ref Utf8JsonReader json)
        {
            string? sender = null;
            long position = 0;
            json.Read();
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (json.ValueTextEquals("sender"u8))
                    sender = Text(ref json);
                else
                    position = Number(ref json);
            }
            return new(sender ?? "", position);
        }

        private static string? Text(ref Utf8JsonReader json) => json.Read() ? json.GetString() : null;

        private static long Number(ref Utf8JsonReader json) => json.Read() ? json.GetInt64() : 0;
    }

    /// <summary>An instant from the microseconds in the metadata.</summary>
    internal static DateTimeOffset Instant(long microseconds) => DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Position} {Name}");
}
