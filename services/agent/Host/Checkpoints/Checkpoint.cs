using System.Text.Json;
using Bourse.Contracts;
using Microsoft.Data.Sqlite;

namespace Bourse.Agent.Host.Checkpoints;

/// <summary>
/// What the agent knows, on disk: one SQLite file that one process at a time may open. A batch of changes is one transaction,
/// synchronised before anything follows from it.
/// </summary>
internal sealed class Checkpoint : IDisposable
{
    private const int Shape = 1;

    private readonly SqliteConnection connection;
    private readonly SqliteCommand keepSelf;
    private readonly SqliteCommand keepTask;
    private readonly SqliteCommand dropTask;
    private readonly SqliteCommand keepResources;
    private readonly SqliteCommand keepExecutor;
    private readonly SqliteCommand dropExecutor;
    private readonly SqliteCommand keepSandbox;
    private readonly SqliteCommand dropSandbox;

    /// <summary>Opens or makes it.</summary>
    /// <exception cref="InvalidOperationException">It is in use, or of a newer shape.</exception>
    public Checkpoint(string path)
    {
        // Descriptions of tasks are nobody else's business. SQLite gives its other files the mode of this one.
        new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }).Dispose();
        connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 2 }.ToString());
        try
        {
            connection.Open();
            // Exclusive: a second agent on the same work directory would run everything twice.
            Execute("pragma locking_mode = exclusive");
            Execute("pragma journal_mode = wal");
            Execute("pragma synchronous = full");
            if (Convert.ToInt32(Scalar("pragma user_version"), null) is var shape and > Shape)
                throw new InvalidOperationException($"{path} has shape {shape}; this agent knows up to {Shape}");
            Execute($"""
                begin immediate;
                create table if not exists self (one integer primary key check (one = 1), incarnation integer not null, last_command integer not null, machine_boot text not null);
                create table if not exists task (run integer primary key, record text not null);
                create table if not exists kept (run integer primary key check (run = 0), record text not null);
                create table if not exists executor (run integer primary key, record text not null);
                create table if not exists sandbox (run integer primary key, record text not null);
                insert or ignore into self values (1, 0, 0, '');
                pragma user_version = {Shape};
                commit;
                """);
        }
        catch (SqliteException e) when (e.SqliteErrorCode is 5 or 6)
        {
            connection.Dispose();
            throw new InvalidOperationException($"{path} is in use by another process", e);
        }

        keepSelf = Command("update self set incarnation = $a, last_command = $b", "$a", "$b");
        keepTask = Command("insert into task values ($a, $b) on conflict (run) do update set record = excluded.record", "$a", "$b");
        dropTask = Command("delete from task where run = $a", "$a");
        keepResources = Command("insert into kept values ($a, $b) on conflict (run) do update set record = excluded.record", "$a", "$b");
        keepExecutor = Command("insert into executor values ($a, $b) on conflict (run) do update set record = excluded.record", "$a", "$b");
        dropExecutor = Command("delete from executor where run = $a", "$a");
        keepSandbox = Command("insert into sandbox values ($a, $b) on conflict (run) do update set record = excluded.record", "$a", "$b");
        dropSandbox = Command("delete from sandbox where run = $a", "$a");
    }

    /// <summary>Reads everything into a new state.</summary>
    public void Load(AgentState state)
    {
        using (var command = Command("select incarnation, last_command from self"))
        using (var row = command.ExecuteReader())
        {
            row.Read();
            state.Apply(new SelfKept(row.GetInt64(0), row.GetInt64(1)));
        }
        foreach (var executor in Records<AgentExecutor>("executor"))
            state.Apply(new ExecutorKept(executor));
        foreach (var task in Records<AgentTask>("task"))
            state.Apply(new TaskKept(task));
        foreach (var kept in Records<Resources>("kept"))
            state.Apply(new ResourcesKept(kept));
        foreach (var sandbox in Records<LeftSandbox>("sandbox"))
            state.Apply(new SandboxLeft(sandbox));
    }

    /// <summary>Stores changes in one transaction; of several of one task only the last is written.</summary>
    public void Save(IReadOnlyList<Change> changes)
    {
        SelfKept? self = null;
        Resources? resources = null;
        var tasks = new Dictionary<long, AgentTask?>();
        var executors = new Dictionary<long, AgentExecutor?>();
        var sandboxes = new Dictionary<long, LeftSandbox?>();
        foreach (var change in changes)
        {
            switch (change)
            {
                case SelfKept kept:
                    self = kept;
                    break;
                case TaskKept kept:
                    tasks[kept.Task.Run] = kept.Task;
                    break;
                case TaskDropped dropped:
                    tasks[dropped.Task.Run] = null;
                    break;
                case ResourcesKept kept:
                    resources = kept.Kept;
                    break;
                case ExecutorKept kept:
                    executors[kept.Executor.Run] = kept.Executor;
                    break;
                case ExecutorDropped dropped:
                    executors[dropped.Executor.Run] = null;
                    break;
                case SandboxLeft left:
                    sandboxes[left.Sandbox.Run] = left.Sandbox;
                    break;
                case SandboxGone gone:
                    sandboxes[gone.Sandbox.Run] = null;
                    break;
                default:
                    break;
            }
        }
        if (self is null && resources is null && tasks.Count == 0 && executors.Count == 0 && sandboxes.Count == 0)
            return;

        using var transaction = connection.BeginTransaction();
        if (self is not null)
            Run(keepSelf, transaction, self.Incarnation, self.LastCommand);
        if (resources is not null)
            Run(keepResources, transaction, 0L, JsonSerializer.Serialize(resources, Json.Options));
        foreach (var (run, task) in tasks)
            Put(keepTask, dropTask, transaction, run, task);
        foreach (var (run, executor) in executors)
            Put(keepExecutor, dropExecutor, transaction, run, executor);
        foreach (var (run, sandbox) in sandboxes)
            Put(keepSandbox, dropSandbox, transaction, run, sandbox);
        transaction.Commit();
    }

    /// <summary>Notes the machine's boot, and says whether it is the one noted before.</summary>
    public bool SameBoot(string boot)
    {
        if ((string)Scalar("select machine_boot from self")! == boot)
            return true;
        using var command = Command("update self set machine_boot = $a", "$a");
        Run(command, null, boot);
        return false;
    }

    public void Dispose()
    {
        foreach (var command in (SqliteCommand[])[keepSelf, keepTask, dropTask, keepResources, keepExecutor, dropExecutor, keepSandbox, dropSandbox])
            command.Dispose();
        connection.Dispose();
    }

    private static void Put<T>(SqliteCommand keep, SqliteCommand drop, SqliteTransaction transaction, long run, T? record) where T : class
    {
        if (record is null)
            Run(drop, transaction, run);
        else
            Run(keep, transaction, run, JsonSerializer.Serialize(record, Json.Options));
    }

    private static void Run(SqliteCommand command, SqliteTransaction? transaction, params ReadOnlySpan<object> values)
    {
        command.Transaction = transaction;
        for (var i = 0; i < values.Length; i++)
            command.Parameters[i].Value = values[i];
        command.ExecuteNonQuery();
    }

    private List<T> Records<T>(string table)
    {
        var records = new List<T>();
        using var command = Command($"select record from {table} order by run");
        using var rows = command.ExecuteReader();
        while (rows.Read())
            records.Add(JsonSerializer.Deserialize<T>(rows.GetString(0), Json.Options)!);
        return records;
    }

    private SqliteCommand Command(string text, params ReadOnlySpan<string> parameters)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // Every text is one of this file.
        command.CommandText = text;
#pragma warning restore CA2100
        foreach (var parameter in parameters)
            command.Parameters.Add(new SqliteParameter { ParameterName = parameter });
        return command;
    }

    private void Execute(string text)
    {
        using var command = Command(text);
        command.ExecuteNonQuery();
    }

    private object? Scalar(string text)
    {
        using var command = Command(text);
        return command.ExecuteScalar();
    }
}
