using System.Text.Json;
using Bourse.Contracts;
using Bourse.Deciding;
using Bourse.Journal;

namespace Bourse.Bench.Journal;

/// <summary>The state of every task, as told.</summary>
internal sealed class TaskStates
{
    public Dictionary<TaskId, TaskState> Tasks { get; set; } = [];
}

/// <summary>A core that does almost nothing, so that what is measured is the journal's.</summary>
internal sealed class TaskStatesCore(string service) : ICore<TaskStates, TaskStatusChanged>
{
    public string Service => service;

    public TaskStates New() => new();

    public Decision Decide(TaskStates state, TaskStatusChanged command) => [command];

    public void Evolve(TaskStates state, IFact fact)
    {
        if (fact is TaskStatusChanged changed)
            state.Tasks[changed.TaskId] = changed.Update.State;
    }

    public byte[] Save(TaskStates state) => JsonSerializer.SerializeToUtf8Bytes(
        state.Tasks.OrderBy(pair => pair.Key).ToDictionary(pair => pair.Key.Value, pair => pair.Value));

    public TaskStates Load(ReadOnlySpan<byte> snapshot) => new()
    {
        Tasks = (JsonSerializer.Deserialize<Dictionary<string, TaskState>>(snapshot) ?? []).ToDictionary(pair => new TaskId(pair.Key), pair => pair.Value),
    };

    public IEnumerable<IFact> Picture(TaskStates state) => [];
}

/// <summary>What an allocator's journal is mostly made of.</summary>
internal static class Sampling
{
    public static readonly NameTable Names = FactNames.Allocator;

    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The n-th update: five of each task, a hundred agents, ten frameworks.</summary>
    public static TaskStatusChanged Fact(long n) => new(
        new($"5f0c8a52-{n % 10:D4}"),
        new($"web-{n / 5:D7}"),
        new($"agent-{n % 100}"),
        new TaskUpdate(
            n % 5 < 4 ? TaskState.Running : TaskState.Finished,
            Start.AddMilliseconds(n),
            "SOURCE_EXECUTOR",
            Message: "Command exited with status 0",
            Uuid: Convert.ToBase64String(new Guid((int)n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10).ToByteArray()),
            ExitCode: 0),
        Confirmed: n);

    public static Origin Origin(long n) => new($"team-{n % 10}", $"c-{n:D10}", $"bourse.allocator:{n}");

    /// <summary>Consecutive entries as the loop makes them.</summary>
    public static Entry[] Entries(long first, int count)
    {
        var entries = new Entry[count];
        for (var i = 0; i < count; i++)
        {
            var fact = Fact(first + i);
            var json = JsonSerializer.SerializeToUtf8Bytes(fact, Json.Options);
            entries[i] = new(first + i, Names.NameOf(typeof(TaskStatusChanged)), fact, json, Origin(first + i), Start.AddMilliseconds(first), 1, null);
        }
        return entries;
    }

    /// <summary>A journal's first entry.</summary>
    public static Entry Opening(string service)
    {
        var fact = new SegmentOpened(service, 1, 0);
        return new(1, Names.NameOf(typeof(SegmentOpened)), fact, JsonSerializer.SerializeToUtf8Bytes(fact, Json.Options), new(service, "bench"), Start, 1, null);
    }
}
