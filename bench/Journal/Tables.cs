using Bourse.Journal;
using Npgsql;
using NpgsqlTypes;

namespace Bourse.Bench.Journal;

/// <summary>A row of the event table as the journal stored it, with its rows in the subject table.</summary>
internal sealed record StoredRow(
    long Sequence, Guid Id, string Stream, long Version, byte[] Data, string Type, DateTime At, string Tenant, string DotNetType, byte[] Headers,
    long Position, string[] Subjects);

/// <summary>A schema with the journal's tables and indexes, written past the journal.</summary>
internal sealed class Tables(string schema)
{
    private const string Columns = "seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, headers";

    /// <summary>Makes them as the journal does, with the stream that the rows refer to.</summary>
    public static async Task<Tables> Make(NpgsqlDataSource data, string connectionString, string schema, string stream)
    {
        await using (var store = new MartenJournal(connectionString, schema, Sampling.Names))
            await store.Prepare(CancellationToken.None);
        await using var insert = data.CreateCommand($"insert into {schema}.mt_streams (id, version) values ('{stream}', 0)");
        await insert.ExecuteNonQueryAsync();
        return new(schema);
    }

    /// <summary>What a journal has stored after a position of its only segment.</summary>
    public static async Task<List<StoredRow>> Load(NpgsqlDataSource data, string schema, long after)
    {
        var rows = new List<StoredRow>();
        await using var command = data.CreateCommand($"""
            select {Columns}, version, subjects from {schema}.mt_events
            join (select position, array_agg(subject) subjects from {schema}.journal_subjects where position > {after} group by position) s
                on s.position = version
            where version > {after} order by version
            """);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            rows.Add(new(
                reader.GetInt64(0), reader.GetGuid(1), reader.GetString(2), reader.GetInt64(3), reader.GetFieldValue<byte[]>(4), reader.GetString(5),
                reader.GetDateTime(6), reader.GetString(7), reader.GetString(8), reader.GetFieldValue<byte[]>(9), reader.GetInt64(10),
                reader.GetFieldValue<string[]>(11)));
        }
        return rows;
    }

    /// <summary>Binary COPY into both tables, one transaction.</summary>
    public async Task Copy(NpgsqlConnection connection, IReadOnlyCollection<StoredRow> rows, bool subjects = true)
    {
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var events = await connection.BeginBinaryImportAsync($"copy {schema}.mt_events ({Columns}) from stdin (format binary)"))
        {
            foreach (var row in rows)
            {
                await events.StartRowAsync();
                await events.WriteAsync(row.Sequence, NpgsqlDbType.Bigint);
                await events.WriteAsync(row.Id, NpgsqlDbType.Uuid);
                await events.WriteAsync(row.Stream, NpgsqlDbType.Varchar);
                await events.WriteAsync(row.Version, NpgsqlDbType.Bigint);
                await events.WriteAsync(row.Data, NpgsqlDbType.Jsonb);
                await events.WriteAsync(row.Type, NpgsqlDbType.Varchar);
                await events.WriteAsync(row.At, NpgsqlDbType.TimestampTz);
                await events.WriteAsync(row.Tenant, NpgsqlDbType.Varchar);
                await events.WriteAsync(row.DotNetType, NpgsqlDbType.Varchar);
                await events.WriteAsync(row.Headers, NpgsqlDbType.Jsonb);
            }
            await events.CompleteAsync();
        }
        if (subjects)
        {
            await using var index = await connection.BeginBinaryImportAsync($"copy {schema}.journal_subjects (subject, position) from stdin (format binary)");
            foreach (var row in rows)
            {
                foreach (var subject in row.Subjects)
                {
                    await index.StartRowAsync();
                    await index.WriteAsync(subject, NpgsqlDbType.Text);
                    await index.WriteAsync(row.Position, NpgsqlDbType.Bigint);
                }
            }
            await index.CompleteAsync();
        }
        await transaction.CommitAsync();
    }

    /// <summary>One prepared statement that inserts a row and its subjects, for one connection.</summary>
    public async Task<Func<StoredRow, Task>> Inserting(NpgsqlConnection connection)
    {
        var command = new NpgsqlCommand($"""
            with event as (insert into {schema}.mt_events ({Columns}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10))
            insert into {schema}.journal_subjects select subject, $11 from unnest($12) as s(subject)
            """, connection);
        foreach (var type in (NpgsqlDbType[])
            [
                NpgsqlDbType.Bigint, NpgsqlDbType.Uuid, NpgsqlDbType.Varchar, NpgsqlDbType.Bigint, NpgsqlDbType.Jsonb, NpgsqlDbType.Varchar,
                NpgsqlDbType.TimestampTz, NpgsqlDbType.Varchar, NpgsqlDbType.Varchar, NpgsqlDbType.Jsonb, NpgsqlDbType.Bigint,
                NpgsqlDbType.Array | NpgsqlDbType.Text,
            ])
        {
            command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = type });
        }
        await command.PrepareAsync();
        return async row =>
        {
            object[] values =
            [
                row.Sequence, row.Id, row.Stream, row.Version, row.Data, row.Type, row.At, row.Tenant, row.DotNetType, row.Headers, row.Position, row.Subjects,
            ];
            for (var i = 0; i < values.Length; i++)
                command.Parameters[i].Value = values[i];
            await command.ExecuteNonQueryAsync();
        };
    }
}
