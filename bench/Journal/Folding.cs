using System.Text.Json;
using Bourse.Contracts;
using Bourse.Journal;
using Npgsql;

namespace Bourse.Bench.Journal;

/// <summary>What a restart and a replay do: reading the journal in order into a state, against a SELECT that deserialises the same rows.</summary>
internal sealed class Folding(string connectionString, NpgsqlDataSource data, Meter meter)
{
    public async Task<Comparison> Run(int events)
    {
        await using var store = new MartenJournal(connectionString, "fold", Sampling.Names);
        var core = new TaskStatesCore("fold");
        for (var head = await Appending.Open(store); head.Position < events;)
            head = await store.Append(head, new(Sampling.Entries(head.Position + 1, 500), 1, 0), CancellationToken.None);
        events = (int)(await store.Head(CancellationToken.None)).Position;
        return await new Comparison("fold / ordered SELECT, deserialised", "events", 0.33, 0.6).Run(
            () => meter.Measure(events, async () =>
            {
                var fold = await Fold<TaskStates, TaskStatusChanged>.At(core, store, events, CancellationToken.None);
                if (fold.Position != events)
                    throw new InvalidOperationException($"folded up to {fold.Position} of {events}");
            }),
            () => meter.Measure(events, async () =>
            {
                var read = await Select();
                if (read != events)
                    throw new InvalidOperationException($"read {read} of {events}");
            }));
    }

    private async Task<int> Select()
    {
        var options = Reading;
        var read = 0;
        await using var command = data.CreateCommand("select version, type, data, headers from fold.mt_events where stream_id = 'fold/000001' order by version");
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var (type, _) = Sampling.Names.ShapeOf(reader.GetString(1));
            if (JsonSerializer.Deserialize(reader.GetFieldValue<byte[]>(2), type, options) is IFact)
                read++;
        }
        return read;
    }

    // The journal's own, which jsonb's order of properties asks for.
    private static readonly JsonSerializerOptions Reading = new(Json.Options) { AllowOutOfOrderMetadataProperties = true };
}
