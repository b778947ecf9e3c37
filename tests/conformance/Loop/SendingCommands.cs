using Bourse.Allocator.Host.Loop;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Journal;

namespace Bourse.Conformance.Tests.Loop;

public sealed class SendingCommands
{
    private static readonly DateTimeOffset Noon = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly FrameworkId Web = new("web-0001");
    private static readonly AgentId A1 = new("agent-1"), A2 = new("agent-2");

    [Fact]
    public void All_that_one_commit_has_for_an_agent_is_one_message_in_which_each_command_knows_what_it_follows_from()
    {
        var sent = new AgentRoutes().For(
        [
            Asked("alice", new TaskStatusAcknowledged(Web, new("t1"), A1, "u1", Command: 4, Noon)),
            Asked("bob", new TaskStatusAcknowledged(Web, new("t2"), A2, "u2", Command: 9, Noon)),
            Asked("carol", new OffersRescinded(Web, [], "nothing for an agent", Noon)),
            Asked("carol", new TaskKillRequested(Web, new("t3"), A1, Grace: null, Command: 5, Noon)),
        ]).ToList();

        sent.Select(one => one.To).ShouldBe([Destination.Agent(A1), Destination.Agent(A2)]);
        sent[0].Message.ShouldBe(new AgentCommands(A1, Confirmed: 0,
        [
            new ForgetUpdate(4, Web, new("t1"), "u1") { Correlation = "of alice" },
            new KillTask(5, Web, new("t3"), null) { Correlation = "of carol" },
        ]));
        ((AgentCommands)sent[1].Message).Commands.ShouldBe([new ForgetUpdate(9, Web, new("t2"), "u2") { Correlation = "of bob" }]);
    }

    private static Recorded Asked(string who, IFact fact) => new(1, "", fact, new(who, $"of {who}"), Noon, 1);
}
