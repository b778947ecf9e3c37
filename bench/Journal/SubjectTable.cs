using System.Diagnostics;
using System.Globalization;
using Bourse.Journal;
using Bourse.Servers;
using Npgsql;

namespace Bourse.Bench.Journal;

/// <summary>What the subject table costs at each append, and what a look into it costs when the journal is large.</summary>
internal sealed class SubjectTable(PrivatePostgres server, NpgsqlDataSource data, Meter meter)
{
    private const int PerCommit = 100, Commits = 100, Runs = 5;
    private const long Rows = 40_000_000;

    public async Task Run()
    {
        await Appends();
        await Reads();
    }

    private async Task Appends()
    {
        var (with, without, copied, alone) = (new List<Sample>(), new List<Sample>(), new List<Sample>(), new List<Sample>());
        await using var full = new MartenJournal(server.ConnectionString, "subjects", Sampling.Names);
        await using var bare = new MartenJournal(server.ConnectionString, "bare", Sampling.Names);
        var (fullHead, bareHead) = (await Appending.Open(full), await Appending.Open(bare));
        await Execute("create rule no_subjects as on insert to bare.journal_subjects do instead nothing");
        var both = await Tables.Make(data, server.ConnectionString, "copies", "subjects/000001");
        var events = await Tables.Make(data, server.ConnectionString, "copied_events", "subjects/000001");
        await using var connection = await data.OpenConnectionAsync();
        for (var run = 0; run <= Runs; run++)
        {
            var before = fullHead.Position;
            (var sample, fullHead) = await Append(full, fullHead);
            with.Add(sample);
            (sample, bareHead) = await Append(bare, bareHead);
            without.Add(sample);
            var rows = (await Tables.Load(data, "subjects", before)).Chunk(PerCommit).ToList();
            copied.Add(await Copy(both, connection, rows, subjects: true));
            alone.Add(await Copy(events, connection, rows, subjects: false));
        }
        Comparison.Say($"append of {PerCommit} events per commit, four subjects each; microseconds per event, medians of {Runs}:");
        Print("journal, with subjects", with[1..]);
        Print("journal, subjects dropped by a rule", without[1..]);
        Print("COPY of both tables", copied[1..]);
        Print("COPY of the events alone", alone[1..]);
        await Execute("vacuum analyze subjects.mt_events");
        await Execute("vacuum analyze subjects.journal_subjects");
        foreach (var table in (string[])["mt_events", "journal_subjects"])
        {
            await using var size = data.CreateCommand($"select pg_table_size('subjects.{table}'), pg_indexes_size('subjects.{table}')");
            await using var reader = await size.ExecuteReaderAsync();
            await reader.ReadAsync();
            Comparison.Say($"{table}: {reader.GetInt64(0) / (double)fullHead.Position:0} bytes of table and {reader.GetInt64(1) / (double)fullHead.Position:0} of indexes per event");
        }
    }

    private async Task<(Sample, JournalHead)> Append(MartenJournal store, JournalHead head)
    {
        var batches = Enumerable.Range(0, Commits).Select(i => Sampling.Entries(head.Position + 1 + (i * PerCommit), PerCommit)).ToList();
        var sample = await meter.Measure(Commits * PerCommit, async () =>
        {
            foreach (var batch in batches)
                head = await store.Append(head, new(batch, 1, 0), CancellationToken.None);
        });
        return (sample, head);
    }

    private Task<Sample> Copy(Tables into, NpgsqlConnection connection, List<StoredRow[]> rows, bool subjects) =>
        meter.Measure(Commits * PerCommit, async () =>
        {
            foreach (var batch in rows)
                await into.Copy(connection, batch, subjects);
        });

    private async Task Reads()
    {
        // Four rows an event, as above: one of ten principals and frameworks, one of a hundred agents, a task that has five events.
        await Tables.Make(data, server.ConnectionString, "large", "large/000001");
        var since = Stopwatch.GetTimestamp();
        await Execute($"""
            alter table large.journal_subjects set unlogged;
            insert into large.journal_subjects
            select s.subject, p from generate_series(1, {Rows / 4}) p, lateral (values
                ('framework-5f0c8a52-' || lpad((p % 10)::text, 4, '0')), ('task-web-' || lpad((p / 5)::text, 7, '0')),
                ('agent-agent-' || (p % 100)), ('principal-team-' || (p % 10))) s(subject);
            """);
        await Execute("vacuum analyze large.journal_subjects");
        Comparison.Say($"{Rows} subject rows of {Rows / 4} events, made in {Stopwatch.GetElapsedTime(since).TotalSeconds:0} s:");
        string heap;
        string index;
        await using (var size = data.CreateCommand("""
            select pg_table_size('large.journal_subjects'), pg_indexes_size('large.journal_subjects'),
                current_setting('data_directory') || '/' || pg_relation_filepath('large.journal_subjects'),
                current_setting('data_directory') || '/' || pg_relation_filepath(indexrelid) from pg_index where indrelid = 'large.journal_subjects'::regclass
            """))
        await using (var reader = await size.ExecuteReaderAsync())
        {
            await reader.ReadAsync();
            Comparison.Say($"  {reader.GetInt64(0) >> 20} MB of table, {reader.GetInt64(1) >> 20} MB of index");
            (heap, index) = (reader.GetString(2), reader.GetString(3));
        }
        foreach (var subject in (string[])["task-web-0250000", "agent-agent-77", "framework-5f0c8a52-0003", "principal-team-3"])
        {
            await server.Stop();
            DropFromPageCache(heap);
            DropFromPageCache(index);
            await server.Start();
            NpgsqlConnection.ClearAllPools();
            data.Clear();
            await using var connection = await data.OpenConnectionAsync();
            await using var command = new NpgsqlCommand(
                "select position from large.journal_subjects where subject = $1 and position >= $2 order by position limit 500", connection);
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = subject });
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = 1 });
            var (cold, found) = await Read(command);
            var warm = new List<double>();
            for (var i = 0; i < 21; i++)
                warm.Add((await Read(command)).Milliseconds);
            Comparison.Say($"  first {found} positions of {subject}: cold {cold:0.0} ms, warm {warm.Order().ElementAt(10):0.00} ms");
        }
    }

    private static async Task<(double Milliseconds, int Found)> Read(NpgsqlCommand command)
    {
        var since = Stopwatch.GetTimestamp();
        var found = 0;
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            found++;
        return (Stopwatch.GetElapsedTime(since).TotalMilliseconds, found);
    }

    // Advises the kernel to forget the file, and waits.
    private static void DropFromPageCache(string file)
    {
        foreach (var part in Directory.EnumerateFiles(Path.GetDirectoryName(file)!, Path.GetFileName(file) + "*"))
        {
            using var dd = Process.Start(new ProcessStartInfo("dd", [$"if={part}", "iflag=nocache", "count=0", "status=none"]))!;
            dd.WaitForExit();
            if (dd.ExitCode != 0)
                throw new InvalidOperationException($"dd ended with {dd.ExitCode}");
        }
    }

    private async Task Execute(string sql)
    {
        await using var command = data.CreateCommand(sql);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync();
    }

    private static void Print(string what, List<Sample> samples)
    {
        var median = Comparison.Median(samples);
        Comparison.Say($"  {what,-38}{1e6 / median.Rate,8:0.0} elapsed, CPU {median.Client,6:0.0} here + {median.Server,6:0.0} in the server");
    }
}
