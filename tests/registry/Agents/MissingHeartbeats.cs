using Bourse.Contracts;
using Bourse.Deciding;
using static Bourse.Registry.Tests.Example;

namespace Bourse.Registry.Tests;

public sealed class MissingHeartbeats
{
    static readonly AgentRegistered First = new(Describe(A1), 1, "boot-1", Noon);
    static readonly AgentRegistered Second = new(Describe(A2), 1, "boot-1", Noon);
    static readonly AgentUnreachable Silent = new(A1, 1, Noon, Noon.AddSeconds(5));

    [Fact]
    public void Makes_an_agent_unreachable_after_the_timeout() =>
        Given(First).When(Swept(5, new LastHeard(A1, 1, Noon))).ShouldFollow(Silent);

    [Fact]
    public void Leaves_an_agent_alone_before_the_timeout() =>
        Given(First).When(Swept(4.999, new LastHeard(A1, 1, Noon))).NothingFollows();

    [Fact]
    public void Is_said_once() =>
        Given(First, Silent).When(Swept(9, new LastHeard(A1, 1, Noon))).NothingFollows();

    [Fact]
    public void Judges_nobody_whom_the_host_does_not_name() =>
        Given(First, Second).When(Swept(9, new LastHeard(A2, 1, Noon)))
            .ShouldFollow(new AgentUnreachable(A2, 1, Noon, Noon.AddSeconds(9)));

    [Fact]
    public void Does_not_judge_an_incarnation_by_the_silence_of_an_earlier_one() =>
        Given(First, new AgentReregistered(Describe(A1), 2, "boot-2", Noon.AddSeconds(8)))
            .When(Swept(9, new LastHeard(A1, 1, Noon))).NothingFollows();

    [Fact]
    public void Is_decided_in_the_order_of_ids() =>
        Given(Second, First).When(Swept(9, new LastHeard(A2, 1, Noon), new LastHeard(A1, 1, Noon), new LastHeard(A1, 1, Noon)))
            .ShouldFollow(new AgentUnreachable(A1, 1, Noon, Noon.AddSeconds(9)), new AgentUnreachable(A2, 1, Noon, Noon.AddSeconds(9)));

    [Fact]
    public void Ends_with_the_next_heartbeat() =>
        Given(First, Silent).When(new Beat(A1, 1, Noon.AddSeconds(7))).ShouldFollow(new AgentReturned(A1, 1, Noon.AddSeconds(7)));

    [Fact]
    public void Is_not_the_case_for_an_agent_that_beats() =>
        Given(First).When(new Beat(A1, 1, Noon)).NothingFollows();

    [Fact]
    public void Is_not_ended_by_an_earlier_incarnation() =>
        Given(First, new AgentReregistered(Describe(A1), 2, "boot-2", Noon))
            .When(new Beat(A1, 1, Noon)).ShouldBeRefused(RefusalCode.StaleIncarnation, "incarnation 1");

    [Fact]
    public void Is_not_ended_by_an_incarnation_that_was_never_given() =>
        Given(First).When(new Beat(A1, 2, Noon)).ShouldBeRefused(RefusalCode.FutureIncarnation, "incarnation 2");

    [Fact]
    public void Is_nothing_a_stranger_can_end() =>
        Given().When(new Beat(A1, 1, Noon)).ShouldBeRefused(RefusalCode.UnknownAgent, "agent-1");

    private static Sweep Swept(double seconds, params LastHeard[] heard) => new(Patience, [.. heard], Noon.AddSeconds(seconds));
}
