using Bourse.Contracts;
using CsCheck;
using static Bourse.Secrets.Tests.Example;

namespace Bourse.Secrets.Tests;

/// <summary>Properties over any sequence of commands.</summary>
public sealed class WhateverHappens
{
    static Gen<T> OneOf<T>(params T[] items) => Gen.Int[0, items.Length - 1].Select(n => items[n]);

    static readonly Gen<string> AnyPrincipal = OneOf(Alice, Bob, Carol, "operator");
    static readonly Gen<string> AnySecret = OneOf(Db, Api);
    static readonly Gen<AgentId> AnyAgent = OneOf(A1, A2);
    static readonly Gen<TaskId> AnyTask = OneOf(T1, T2);
    static readonly Gen<ValueList<string>> AnySecrets = AnySecret.Array[0, 2].Select(names => names.Distinct().ToValueList());

    static readonly Gen<ExpectUse> AnyLaunch =
        Gen.Select(AnyTask, AnyAgent, AnyPrincipal, AnySecrets, (t, a, p, s) => new ExpectUse(F1, t, a, p, s));

    static readonly Gen<Learnt> AnyLearnt = Gen.OneOf(
        AnyLaunch.Select(launch => (Learnt)launch),
        AnyTask.Select(t => (Learnt)new EndUse(F1, t)),
        AnyAgent.Select(a => (Learnt)new LearnKey(a, $"key of {a}")));

    static readonly Gen<SecretsCommand> AnyCommand = Gen.OneOf(
        Gen.Select(AnySecret, Gen.Long[1, 3], AnyPrincipal, (s, v, p) => (SecretsCommand)new Put(s, v, "key-1", $"{s} {v}", By(p), Noon)),
        Gen.Select(AnySecret, AnyPrincipal, AnyPrincipal, (s, g, p) => (SecretsCommand)new Grant(s, g, By(p), Noon)),
        Gen.Select(AnySecret, AnyPrincipal, AnyPrincipal, (s, g, p) => (SecretsCommand)new Revoke(s, g, By(p), Noon)),
        Gen.Select(AnyAgent, AnyTask, AnySecrets, (a, t, s) => (SecretsCommand)new Resolve(a, F1, t, s, Noon)),
        AnyLearnt.Array[0, 4].Select(what => (SecretsCommand)new Learn(what.ToValueList())),
        AnyLaunch.Array[0, 2].Select(living => (SecretsCommand)new ExpectOnly(living.DistinctBy(l => l.TaskId).ToValueList())));

    static readonly Gen<SecretsCommand[]> AnyCommands = AnyCommand.Array[0, 40];

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

                // Heard a second time, a launch and its end are a launch and its end again; the follower hears each position once.
                if (command is not Learn)
                    Core.Decide(state, command).Facts.ShouldBeEmpty();
            }
        });

    [Fact]
    public void Nothing_is_given_without_a_grant_to_the_task_on_its_agent() =>
        AnyCommands.Sample(commands =>
        {
            // The rules once more, from the facts alone and written differently.
            var owners = new Dictionary<string, string>();
            var grants = new HashSet<(string, string)>();
            var uses = new Dictionary<TaskId, SecretUseExpected>();
            foreach (var fact in Run(commands).Facts)
            {
                switch (fact)
                {
                    case SecretPut f: owners.TryAdd(f.Secret, f.Owner); break;
                    case SecretGranted f: grants.Add((f.Secret, f.Grantee)); break;
                    case SecretRevoked f: grants.Remove((f.Secret, f.Grantee)); break;
                    case SecretUseExpected f: uses[f.TaskId] = f; break;
                    case SecretUseEnded f: uses.Remove(f.TaskId); break;
                    case SecretResolved f:
                        var use = uses[f.TaskId];
                        use.AgentId.ShouldBe(f.AgentId);
                        use.Principal.ShouldBe(f.Principal);
                        use.Secrets.ShouldContain(f.Secret);
                        (owners[f.Secret] == f.Principal || grants.Contains((f.Secret, f.Principal))).ShouldBeTrue();
                        break;
                }
            }
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

    private static (SecretsState State, List<IFact> Facts) Run(IEnumerable<SecretsCommand> commands)
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
