using Bourse.Contracts;
using static Bourse.Allocator.Tests.Example;

namespace Bourse.Allocator.Tests;

/// <summary>The checker finds what is wrong: each case is a journal that a wrong allocator could have written.</summary>
public sealed class VerifyingAJournal
{
    private static readonly Resources All = Machine(A1).Total.AllocatedTo("web");

    private static OffersMade Offers(string id, Resources what) => new(Marathon, "web", [new(new OfferId(id), A1, what)], 1, Noon);

    private static TaskLaunched Launched(TaskId id, long command) =>
        new(Marathon, Spec(id) with { Resources = Spec(id).Resources.AllocatedTo("web") }, A1, "web", new OfferId("o1-1"), "alice", command, Noon);

    private static TaskStatusChanged Changed(TaskState state, string uuid) => new(Marathon, T1, A1, new TaskUpdate(state, Noon, "SOURCE_EXECUTOR", Uuid: uuid));

    [Fact]
    public void Finds_an_agent_offered_twice() => Finds("where agent agent-1 has", Offers("o1-1", All), Offers("o1-2", All));

    [Fact]
    public void Finds_an_offer_made_again() => Finds("was made before", Offers("o1-1", Resources.None), Offers("o1-1", Resources.None));

    [Fact]
    public void Finds_an_offer_that_ends_twice() =>
        Finds("was not outstanding", Offers("o1-1", All), new OffersRescinded(Marathon, [new("o1-1")], "", Noon), new OffersDeclined(Marathon, [new("o1-1")], null, Noon));

    [Fact]
    public void Finds_a_task_that_starts_twice() => Finds("lives already", Launched(T1, 1), Launched(T1, 2));

    [Fact]
    public void Finds_a_change_after_the_end() => Finds("does not live", Launched(T1, 1), Changed(TaskState.Finished, "u1"), Changed(TaskState.Running, "u2"));

    [Fact]
    public void Finds_an_update_recorded_twice() => Finds("was recorded before", Launched(T1, 1), Changed(TaskState.Running, "u1"), Changed(TaskState.Running, "u1"));

    [Fact]
    public void Finds_a_hole_in_the_commands() => Finds("follows 1", Launched(T1, 1), Launched(T2, 3));

    [Fact]
    public void Finds_an_offer_above_a_limit() => Finds("above its limit of 3",
        new QuotasUpdated([new("web", [], [new("cpus", new(3000))])], Forced: false, "operator", Noon), Offers("o1-1", All));

    private static void Finds(string violation, params IFact[] facts)
    {
        var invariants = new AllocatorInvariants();
        invariants.See(1, new CapacityAdded(Machine(A1), 1, Noon));
        for (var i = 0; i < facts.Length; i++)
            invariants.See(i + 2, facts[i]);
        invariants.Results.SelectMany(check => check.Violations).ShouldHaveSingleItem().ShouldContain(violation);
    }
}
