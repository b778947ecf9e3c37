using Bourse.Contracts;
using static Bourse.Allocator.Tests.Example;

namespace Bourse.Allocator.Tests;

/// <summary>Maintenance of machines: who uses them is asked to leave.</summary>
public sealed class AskingFrameworksToLeave
{
    private static readonly MachineId M1 = new("agent-1.example", null);
    private static readonly DateTimeOffset Then = Noon.AddHours(1);
    private static readonly MaintenanceWindow Window = new([M1], Then, TimeSpan.FromHours(2));

    private static LearnFromRegistry Plans(params MaintenanceWindow[] windows) => new([new LearnMaintenance(windows.ToValueList(), [], [], Noon)], Noon);

    private static Story GivenAnAsked() => Story.GivenATask().When(Plans(Window)).When(new Tick(Noon));

    private static AnswerInverseOffers Answers(bool accepted, double refuse = 5, string id = "i1") =>
        new(Marathon, [new OfferId(id)], accepted, TimeSpan.FromSeconds(refuse), Noon);

    [Fact]
    public void Offers_of_the_machine_are_void_when_its_window_changes()
    {
        var story = Story.GivenAnOffer().When(Plans(Window));
        story.Last.Facts.Select(fact => fact.GetType()).ShouldBe([typeof(OffersRescinded), typeof(MaintenancePlanned)]);
        story.When(Plans(Window)).ThenNothing();
        story.When(Plans(Window, new MaintenanceWindow([new("elsewhere", null)], Then, null))).Last.Facts.Single().ShouldBeOfType<MaintenancePlanned>();
    }

    [Fact]
    public void Who_runs_a_task_is_asked_once_until_the_answer()
    {
        var story = GivenAnAsked().Then(new InverseOffersMade(Marathon, [new InverseOffered(new("i1"), A1, Then, TimeSpan.FromHours(2))], Noon));
        story.When(new Tick(Noon)).ThenNothing();
        story.When(Answers(accepted: false, refuse: 5)).Then(new InverseOffersAnswered(Marathon, [new("i1")], false, Noon.AddSeconds(5), Noon));
        story.When(new Tick(Noon.AddSeconds(4))).ThenNothing();
        story.When(new Tick(Noon.AddSeconds(6))).Last.Facts.OfType<InverseOffersMade>().Single().Offers[0].Id.ShouldBe(new OfferId("i2"));
        story.State.Maintenance.Answers.Single().Accepted.ShouldBeFalse();
        story.FoldsToTheSame().ShouldBeTrue();
    }

    [Fact]
    public void Who_only_has_a_reservation_or_is_away_is_not_asked()
    {
        Story.Given(Subscribes(Marathon, Web), new AgentJoined(Machine(A1), 1, Noon), Plans(Window), new Tick(Noon)).ThenNothing();
        var away = Story.GivenATask().When(new Disconnect(Marathon, 1, "gone", Noon)).When(Plans(Window)).When(new Tick(Noon));
        away.ThenNothing();
    }

    [Fact]
    public void Who_holds_an_offer_is_asked() =>
        Story.Given(Subscribes(Marathon, Web), new AgentJoined(Machine(A1), 1, Noon), Plans(Window), new Allocate(Noon), new Tick(Noon))
            .Last.Facts.OfType<InverseOffersMade>().Single().FrameworkId.ShouldBe(Marathon);

    [Fact]
    public void A_changed_window_voids_requests_answers_and_filters()
    {
        var story = GivenAnAsked().When(Plans());
        story.Last.Facts.OfType<InverseOffersRescinded>().Single().OfferIds.ShouldBe([new OfferId("i1")]);
        story = GivenAnAsked().When(Answers(accepted: true, refuse: 1000)).When(Plans(Window with { Start = Then.AddHours(1) }));
        story.State.Maintenance.Answers.ShouldBeEmpty();
        story.When(new Tick(Noon)).Last.Facts.OfType<InverseOffersMade>().ShouldNotBeEmpty();
        story.FoldsToTheSame().ShouldBeTrue();
    }

    [Fact]
    public void Answers_to_what_was_not_asked_change_nothing()
    {
        GivenAnAsked().When(Answers(accepted: true, id: "i9")).ThenNothing();
        GivenAnAsked().When(new AnswerInverseOffers(Chronos, [new OfferId("i1")], true, TimeSpan.Zero, Noon)).ThenNothing();
    }

    [Fact]
    public void Requests_end_with_the_stream_or_the_agent()
    {
        GivenAnAsked().When(new Disconnect(Marathon, 1, "gone", Noon)).State.Maintenance.Outstanding.ShouldBeEmpty();
        GivenAnAsked().When(new LearnFromRegistry([new AgentSilent(A1, 1, Noon)], Noon)).State.Maintenance.Outstanding.ShouldBeEmpty();
    }

    [Fact]
    public void A_machine_that_is_down_takes_its_agent_out_and_brings_it_back()
    {
        var story = GivenAnAsked().When(new LearnFromRegistry([new LearnMaintenance(null, [M1], [], Noon), new AgentOut(A1, 1, Gone: false, Noon)], Noon));
        story.State.Maintenance.Down.ShouldBe([M1]);
        story.State.Agents[A1].Removed.ShouldBeTrue();
        story.When(new LearnFromRegistry([new LearnMaintenance(null, [], [M1], Noon)], Noon));
        (story.State.Maintenance.Windows.Count, story.State.Maintenance.Down.Count).ShouldBe((0, 0));
        story.When(new LearnFromRegistry([new AgentJoined(Machine(A1), 2, Noon)], Noon)).State.Agents[A1].Removed.ShouldBeFalse();
        story.FoldsToTheSame().ShouldBeTrue();
        story.Violations().ShouldBeEmpty();
    }
}
