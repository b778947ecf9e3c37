using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Deciding;

namespace Bourse.Allocator.Tests;

/// <summary>Fixed names, times and things that tests speak of.</summary>
internal static class Example
{
    public static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    public static readonly FrameworkId Marathon = new("marathon"), Chronos = new("chronos");
    public static readonly AgentId A1 = new("agent-1"), A2 = new("agent-2");
    public static readonly TaskId T1 = new("t1"), T2 = new("t2");

    public static readonly FrameworkDescription Web = new("marathon", "nobody", ["web"], ["PARTITION_AWARE"], TimeSpan.FromHours(1), "alice");

    public static AgentDescription Machine(AgentId id, double cpus = 4, double mem = 4096) =>
        new(id, $"{id}.example", "127.0.0.1", 5051, Resources.Of(Resource.Of("cpus", cpus), Resource.Of("mem", mem)), [], null, "1", "");

    public static TaskSpec Spec(TaskId id, double cpus = 1, double mem = 128) =>
        new(id, id.Value, Resources.Of(Resource.Of("cpus", cpus), Resource.Of("mem", mem)),
            new TaskCommand(Shell: true, "true"), [], TimeSpan.FromSeconds(3));

    public static Launch Run(TaskId id, AgentId on, double cpus = 1) => new(id, on, Spec(id, cpus));

    public static Subscribe Subscribes(FrameworkId id, FrameworkDescription description) => new(null, description, [], id, Noon);

    public static Report Reports(AgentId agent, FrameworkId framework, TaskId task, TaskState state, string uuid, long lastCommand = 0, long incarnation = 1) =>
        new(new TaskReported(agent, incarnation, framework, task, new TaskUpdate(state, Noon, "SOURCE_EXECUTOR", Uuid: uuid), lastCommand), Noon);
}

/// <summary>Given what was commanded, when something is commanded, then these facts follow.</summary>
internal sealed class Story
{
    private readonly AllocatorCore core;
    private readonly List<IFact> journal = [];

    public AllocatorState State { get; private set; }

    public Decision Last { get; private set; } = Decision.Nothing;

    private Story(AllocatorSettings settings)
    {
        core = new(settings);
        State = core.New();
    }

    public static Story Given(params AllocatorCommand[] commands) => Given(new AllocatorSettings(), commands);

    public static Story Given(AllocatorSettings settings, params AllocatorCommand[] commands)
    {
        var story = new Story(settings);
        foreach (var command in commands)
            story.When(command);
        return story;
    }

    /// <summary>A framework in the role web, one agent, and one offer of it all: <c>o1-1</c>.</summary>
    public static Story GivenAnOffer() =>
        Given(Example.Subscribes(Example.Marathon, Example.Web), new AgentJoined(Example.Machine(Example.A1), 1, Example.Noon), new Allocate(Example.Noon));

    /// <summary>As before, and the task t1 accepted.</summary>
    public static Story GivenATask() => GivenAnOffer().When(
        new Accept(Example.Marathon, [new OfferId("o1-1")], [Example.Run(Example.T1, Example.A1)], TimeSpan.Zero, Example.Noon));

    public Story When(AllocatorCommand command)
    {
        Last = core.Decide(State, command);
        foreach (var fact in Last)
        {
            core.Evolve(State, fact);
            journal.Add(fact);
        }
        return this;
    }

    public Story Then(params IFact[] facts)
    {
        Last.Refusal.ShouldBeNull();
        Last.Facts.ShouldBe(facts);
        return this;
    }

    public Story ThenNothing() => Then();

    public Story ThenRefused(RefusalCode code)
    {
        Last.Refusal.ShouldNotBeNull().Code.ShouldBe(code);
        return this;
    }

    /// <summary>The facts alone give the same state, to the byte, also through a snapshot.</summary>
    public bool FoldsToTheSame()
    {
        var fold = core.New();
        foreach (var fact in journal)
            core.Evolve(fold, fact);
        var live = core.Save(State);
        return live.AsSpan().SequenceEqual(core.Save(fold)) && live.AsSpan().SequenceEqual(core.Save(core.Load(live)));
    }

    /// <summary>What the checker of journals finds wrong.</summary>
    public List<string> Violations()
    {
        var invariants = new AllocatorInvariants();
        for (var i = 0; i < journal.Count; i++)
            invariants.See(i + 1, journal[i]);
        return [.. invariants.Results.SelectMany(check => check.Violations)];
    }

    /// <summary>On every agent, free, offered and used make up the total.</summary>
    public bool OwesNoMoreThanItHas() => State.Agents.Values.All(agent =>
        AddsUp(agent, (agent.Used + agent.Offered).AllocatedTo(null).Where(entry => !entry.Shared))
        && agent.Offered.Equals(Resources.Of(State.Offers.Values.Where(o => o.AgentId == agent.Description.Id).SelectMany(o => o.Resources.Entries))));

    // One that came back smaller than what its tasks hold has nothing free of what is short.
    private static bool AddsUp(Agent agent, Resources held) => agent.Total.Contains(held)
        ? (agent.Free + held).Equals(agent.Total)
        : agent.Total.Contains(agent.Free) && held.Contains(agent.Total - agent.Free) && !agent.Free.Entries.Any(free =>
            held.Entries.Any(entry => entry.SameKind(free) && !agent.Total.Contains(Resources.Of(entry))));
}
