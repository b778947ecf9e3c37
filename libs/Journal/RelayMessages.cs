using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Journal;

/// <summary>The messages that carry committed events. Facts are copied as the bytes they were stored as, never built again.</summary>
internal sealed class RelayMessages(string service)
{
    private static readonly string CommitName = MessageNames.All.NameOf(typeof(Commit));
    private static readonly JsonWriterOptions Writing = new() { Encoder = Json.Options.Encoder, SkipValidation = true };
    private readonly string source = $"/bourse/{service}";
    private readonly ArrayBufferWriter<byte> buffer = new(4096);

    /// <summary>An <see cref="Envelope"/> of a <c>journal.commit</c>, of the entries from a position on.</summary>
    public Post Commit(IReadOnlyList<Entry> entries, long from)
    {
        var skipped = 0;
        while (entries[skipped].Position < from)
            skipped++;
        // The id is the content's: the same commit published twice is the same message.
        var id = string.Create(CultureInfo.InvariantCulture, $"{service}:{entries[skipped].Position}-{entries[^1].Position}");
        buffer.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(buffer, Writing))
        {
            json.WriteStartObject();
            json.WriteString("name"u8, CommitName);
            json.WriteString("id"u8, id);
            json.WriteStartObject("data"u8);
            json.WriteString("service"u8, service);
            json.WriteNumber("epoch"u8, entries[^1].Epoch);
            json.WriteNumber("first"u8, entries[skipped].Position);
            json.WriteStartArray("events"u8);
            for (var i = skipped; i < entries.Count; i++)
                entries[i].Write(json);
            json.WriteEndArray();
            json.WriteEndObject();
            json.WritePropertyName("origin"u8);
            JsonSerializer.Serialize(json, new Origin(service, id), Json.Options);
            json.WriteEndObject();
        }
        return new(Destination.Commits(service), id, buffer.WrittenSpan.ToArray());
    }

    /// <summary>One event for anybody, as a CloudEvent in binary mode.</summary>
    public Post Event(Entry entry, IFact fact)
    {
        buffer.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(buffer, Writing))
            entry.Write(json, service);
        var id = string.Create(CultureInfo.InvariantCulture, $"{service}:{entry.Position}");
        var headers = new Dictionary<string, object?>(8)
        {
            ["cloudEvents:specversion"] = "1.0",
            ["cloudEvents:id"] = id,
            ["cloudEvents:source"] = source,
            ["cloudEvents:type"] = entry.Name,
            ["cloudEvents:time"] = entry.At.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture),
            ["position"] = entry.Position,
        };
        var key = new StringBuilder(entry.Name);
        var subjects = 0;
        foreach (var subject in fact.Subjects)
        {
            if (subjects == 0)
                headers["cloudEvents:subject"] = subject.ToString();
            key.Append('.').Append(subject.Id.Replace('.', '_'));
            if (++subjects == 2)
                break;
        }
        // AMQP allows 255 bytes of routing key; a character has up to three (a pair of two has four).
        var routingKey = key.ToString();
        while (Encoding.UTF8.GetByteCount(routingKey) > 255)
            routingKey = routingKey[..Math.Min(routingKey.Length - 1, 255)];
        return new(new Destination(Topology.Events, routingKey), id, buffer.WrittenSpan.ToArray(), headers);
    }
}
