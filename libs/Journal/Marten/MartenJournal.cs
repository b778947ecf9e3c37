using System.Globalization;
using Bourse.Contracts;
using JasperFx;
using JasperFx.Events;
using Marten;
using Npgsql;
using NpgsqlTypes;

namespace Bourse.Journal;

/// <summary>
/// A service's journal in PostgreSQL: Marten's event store with one open stream at a time, the <em>segment</em>, and our own tables
/// for positions, subjects and snapshots, all written in one transaction.
/// </summary>
public sealed partial class MartenJournal : IJournalStore
{
    private readonly string connectionString;
    private readonly NpgsqlDataSource data;
    private readonly DocumentStore marten;
    private readonly JournalSerializer serializer = new();
    private readonly string schema;

    /// <summary>The journal of a service, in the schema of its name.</summary>
    /// <param name="connectionString">Npgsql connection string of the service's own login.</param>
    /// <param name="service">The service.</param>
    /// <param name="names">The names of its facts.</param>
    /// <exception cref="ArgumentException">The service's name is no plain identifier.</exception>
    public MartenJournal(string connectionString, string service, NameTable names)
    {
        if (service.Length == 0 || !service.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_'))
            throw new ArgumentException($"'{service}' cannot name a schema", nameof(service));
        (this.connectionString, Service, Names, schema) = (connectionString, service, names, service);
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = $"bourse {service}",
            // The few statements of a commit are planned once per connection.
            MaxAutoPrepare = 50,
            AutoPrepareMinUsages = 2,
            NoResetOnClose = true,
            MaxPoolSize = 20,
        };
        data = NpgsqlDataSource.Create(settings);
        marten = DocumentStore.For(options =>
        {
            options.Connection(data);
            options.DatabaseSchemaName = service;
            options.AutoCreateSchemaObjects = AutoCreate.CreateOrUpdate;
            options.Serializer(serializer);
            options.DisableNpgsqlLogging = true;
            options.Events.StreamIdentity = StreamIdentity.AsString;
            options.Events.AppendMode = EventAppendMode.Quick;
            options.Events.UseExclusiveLockOnConcurrentAppends = true;
            options.Events.MetadataConfig.HeadersEnabled = true;
            foreach (var (name, type) in names.Shapes)
                options.Events.MapEventType(type, name);
        });
    }

    /// <inheritdoc/>
    public string Service { get; }

    /// <inheritdoc/>
    public NameTable Names { get; }

    /// <inheritdoc/>
    public async Task Prepare(CancellationToken cancellationToken)
    {
        // Instances that start together must not both make the tables. The connection ends, and the lock with it.
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using (var alone = new NpgsqlCommand("select pg_advisory_lock(hashtextextended($1, 0))", connection))
        {
            alone.Parameters.Add(new NpgsqlParameter<string> { TypedValue = $"bourse tables {schema}" });
            await alone.ExecuteNonQueryAsync(cancellationToken);
        }
        await marten.Storage.ApplyAllConfiguredChangesToDatabaseAsync();
        await using var create = new NpgsqlCommand(JournalTables.Create(schema), connection);
        await create.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<ILeadership> Lead(Action waiting, CancellationToken cancellationToken) =>
        await AdvisoryLeadership.Take(connectionString, schema, waiting, cancellationToken);

    /// <inheritdoc/>
    public async Task<JournalHead> Head(CancellationToken cancellationToken)
    {
        await using var command = data.CreateCommand($"select position, epoch, segment, base, published from {schema}.journal_head");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4))
            : throw new InvalidOperationException($"{schema}.journal_head has no row");
    }

    /// <inheritdoc/>
    public async Task<JournalHead> Append(JournalHead head, Append append, CancellationToken cancellationToken)
    {
        try
        {
            await using var session = marten.LightweightSession();
            var after = Queue(session, head, append);
            await session.SaveChangesAsync(cancellationToken);
            return after;
        }
        catch (Exception e) when (IsStale(e))
        {
            throw new StaleLeaderException($"the {Service} journal has moved on from {head.Position}", e);
        }
        finally
        {
            serializer.Forget();
        }
    }

    /// <inheritdoc/>
    public async Task Save(Snapshot snapshot, CancellationToken cancellationToken)
    {
        await using var batch = data.CreateBatch();
        batch.BatchCommands.Add(SaveCommand(snapshot));
        // Two to go back to, and one per segment for looking into the past.
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"""
            delete from {schema}.journal_snapshots s where s.position not in (
                select position from {schema}.journal_snapshots order by position desc limit 2)
            and not exists (select from {schema}.journal_segments g where g.base = s.position)
            """));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task Published(long position, CancellationToken cancellationToken)
    {
        await using var command = data.CreateCommand($"update {schema}.journal_head set published = $1 where published < $1");
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = position });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await marten.DisposeAsync();
        await data.DisposeAsync();
    }

    private string Stream(long segment) => string.Create(CultureInfo.InvariantCulture, $"{Service}/{segment:D6}");

    private JournalHead Queue(IDocumentSession session, JournalHead head, Append append)
    {
        var after = head with { Epoch = append.Epoch, Published = Math.Max(head.Published, append.Published) };
        var events = new List<object>(append.Entries.Count);
        var subjects = new List<string>(append.Entries.Count * 4);
        var positions = new List<long>(append.Entries.Count * 4);
        foreach (var entry in append.Entries)
        {
            var fact = entry.Fact(Names);
            if (fact is SegmentOpened opened)
            {
                AppendTo(session, after, events);
                events = [];
                after = after with { Segment = opened.Segment, Base = opened.Base };
            }
            events.Add(Wrap(session, entry, fact));
            foreach (var subject in Facts.Subjects(fact, entry.Origin))
            {
                subjects.Add(subject);
                positions.Add(entry.Position);
            }
            after = after with { Position = entry.Position };
        }
        AppendTo(session, after, events);
        session.QueueSqlCommand(
            $"insert into {schema}.journal_subjects select * from unnest(?::text[], ?::bigint[])", subjects.ToArray(), positions.ToArray());
        session.QueueSqlCommand(
            $"select {schema}.journal_advance(?, ?, ?, ?, ?, ?)",
            head.Position, after.Position, append.Epoch, after.Segment, after.Base, append.Published);
        if (append.Snapshot is { } snapshot)
        {
            session.QueueSqlCommand(
                $"insert into {schema}.journal_snapshots (position, state, heard) values (?, ?, ?::jsonb) on conflict do nothing",
                snapshot.Position, snapshot.State, System.Text.Json.JsonSerializer.Serialize(snapshot.Heard));
        }
        return after;
    }

    private void AppendTo(IDocumentSession session, JournalHead upTo, List<object> events)
    {
        if (events.Count == 0)
            return;
        var version = upTo.Position - upTo.Base;
        if (version == events.Count)
            session.Events.StartStream(Stream(upTo.Segment), events);
        else
            session.Events.Append(Stream(upTo.Segment), version, events);
    }

    private IEvent Wrap(IDocumentSession session, Entry entry, IFact fact)
    {
        var wrapped = session.Events.BuildEvent(fact);
        var headers = new Dictionary<string, object>();
        wrapped.Headers = headers;
        serializer.Know(fact, entry.Json);
        serializer.Know(headers, entry.Headers());
        return wrapped;
    }

    private NpgsqlBatchCommand SaveCommand(Snapshot snapshot) => new($"""
        insert into {schema}.journal_snapshots (position, state, heard) values ($1, $2, $3) on conflict do nothing
        """)
    {
        Parameters =
        {
            new NpgsqlParameter<long> { TypedValue = snapshot.Position },
            new NpgsqlParameter<byte[]> { TypedValue = snapshot.State },
            new NpgsqlParameter<string> { TypedValue = System.Text.Json.JsonSerializer.Serialize(snapshot.Heard), NpgsqlDbType = NpgsqlDbType.Jsonb },
        },
    };

    private static bool IsStale(Exception e) => e is EventStreamUnexpectedMaxEventIdException
        || (e is PostgresException { SqlState: JournalTables.Stale })
        || (e.InnerException is { } inner && IsStale(inner));
}
