using Bourse.Contracts;
using CsCheck;
using static Bourse.Registry.Tests.Example;

namespace Bourse.Registry.Tests;

/// <summary>Properties over any sequence of commands.</summary>
public sealed class WhateverHappens
{
    static readonly Gen<AgentId> AnyAgent = Gen.Int[1, 3].Select(n => new AgentId($"agent-{n}"));
    static readonly Gen<DateTimeOffset> AnyTime = Gen.Int[0, 60].Select(seconds => Noon.AddSeconds(seconds));

    static readonly Gen<RegistryCommand> AnyRegister =
        Gen.Select(AnyAgent, Gen.Int[1, 3], Gen.Int[1, 2], AnyTime,
            (agent, boot, cpus, at) => (RegistryCommand)new Register(Describe(agent, cpus), $"boot-{boot}", at));

    static readonly Gen<RegistryCommand> AnyBeat =
        Gen.Select(AnyAgent, Gen.Long[0, 4], AnyTime, (agent, incarnation, at) => (RegistryCommand)new Beat(agent, incarnation, at));

    static readonly Gen<RegistryCommand> AnySweep =
        Gen.Select(Gen.Select(AnyAgent, Gen.Long[0, 4], AnyTime, (a, i, at) => new LastHeard(a, i, at)).Array[0, 4], AnyTime,
            (heard, at) => (RegistryCommand)new Sweep(Patience, heard.ToValueList(), at));

    static readonly Gen<RegistryCommand[]> AnyCommands = Gen.OneOf(AnyRegister, AnyBeat, AnySweep).Array[0, 30];

    [Fact]
    public void The_fold_of_the_facts_is_the_live_state() =>
        AnyCommands.Sample(commands =>
        {
            var (live, facts) = Run(commands);
            var folded = Core.New();
            facts.ForEach(fact => Core.Evolve(folded, fact));
            return Core.Save(live).SequenceEqual(Core.Save(folded)) && Core.Save(Core.Load(Core.Save(live))).SequenceEqual(Core.Save(live));
        });

    [Fact]
    public void A_repeated_command_adds_nothing() =>
        AnyCommands.Sample(commands =>
        {
            var (state, _) = Run(commands);
            foreach (var command in commands)
            {
                foreach (var fact in Core.Decide(state, command))
                    Core.Evolve(state, fact);
                Core.Decide(state, command).Facts.ShouldBeEmpty();
            }
        });

    [Fact]
    public void Incarnations_count_up_by_one() =>
        AnyCommands.Sample(commands =>
        {
            var last = new Dictionary<AgentId, long>();
            foreach (var fact in Run(commands).Facts.OfType<IAgentFact>())
            {
                var expected = fact is AgentRegistered or AgentReregistered
                    ? last.GetValueOrDefault(fact.AgentId) + 1
                    : last[fact.AgentId];
                fact.Incarnation.ShouldBe(expected);
                last[fact.AgentId] = fact.Incarnation;
            }
        });

    [Fact]
    public void Unreachable_and_returned_take_turns() =>
        AnyCommands.Sample(commands =>
        {
            var silent = new HashSet<AgentId>();
            foreach (var fact in Run(commands).Facts)
            {
                switch (fact)
                {
                    case AgentUnreachable f: silent.Add(f.AgentId).ShouldBeTrue(); break;
                    case AgentReturned f: silent.Remove(f.AgentId).ShouldBeTrue(); break;
                    case AgentReregistered f: silent.Remove(f.Description.Id); break;
                }
            }
        });

    [Fact]
    public void The_picture_tells_a_newcomer_the_same_state() =>
        AnyCommands.Sample(commands =>
        {
            var (state, _) = Run(commands);
            var newcomer = Core.New();
            foreach (var fact in Core.Picture(state))
                Core.Evolve(newcomer, fact);
            return Core.Save(newcomer).SequenceEqual(Core.Save(state));
        });

    [Fact]
    public void Deciding_never_changes_the_state() =>
        AnyCommands.Sample(commands =>
        {
            var (state, _) = Run(commands);
            var before = Core.Save(state);
            foreach (var command in commands)
                Core.Decide(state, command);
            return Core.Save(state).SequenceEqual(before);
        });

    private static (RegistryState State, List<IFact> Facts) Run(IEnumerable<RegistryCommand> commands)
    {
        var (state, facts) = (Core.New(), new List<IFact>());
        foreach (var command in commands)
        {
            foreach (var fact in Core.Decide(state, command))
            {
                Core.Evolve(state, fact);
                facts.Add(fact);
            }
        }
        return (state, facts);
    }
}
