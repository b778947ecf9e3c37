using Bourse.Contracts;
using Bourse.Deciding;
using static Bourse.Registry.Tests.Example;

namespace Bourse.Registry.Tests;

public sealed class RegisteringAnAgent
{
    static readonly AgentRegistered Registered = new(Describe(A1), 1, "boot-1", Noon);

    [Fact]
    public void Admits_a_newcomer_in_its_first_incarnation() =>
        Given().When(new Register(Describe(A1), "boot-1", Noon)).ShouldFollow(Registered);

    [Fact]
    public void Begins_a_new_incarnation_after_a_restart() =>
        Given(Registered)
            .When(new Register(Describe(A1), "boot-2", Noon))
            .ShouldFollow(new AgentReregistered(Describe(A1), 2, "boot-2", Noon));

    [Fact]
    public void Is_a_repeat_within_one_run_of_the_process() =>
        Given(Registered).When(new Register(Describe(A1), "boot-1", Noon.AddSeconds(1))).NothingFollows();

    [Fact]
    public void Brings_back_an_agent_that_was_thought_unreachable() =>
        Given(Registered, new AgentUnreachable(A1, 1, Noon, Noon.AddSeconds(5)))
            .When(new Register(Describe(A1), "boot-1", Noon.AddSeconds(9)))
            .ShouldFollow(new AgentReturned(A1, 1, Noon.AddSeconds(9)));

    [Fact]
    public void Begins_a_new_incarnation_when_the_same_run_describes_itself_otherwise() =>
        Given(Registered)
            .When(new Register(Describe(A1, cpus: 8), "boot-1", Noon))
            .ShouldFollow(new AgentReregistered(Describe(A1, cpus: 8), 2, "boot-1", Noon));

    [Fact]
    public void Ends_the_silence_of_an_earlier_incarnation()
    {
        var facts = new IFact[]
        {
            Registered, new AgentUnreachable(A1, 1, Noon, Noon.AddSeconds(5)), new AgentReregistered(Describe(A1), 2, "boot-2", Noon.AddSeconds(9)),
        };
        Given(facts).When(new Beat(A1, 2, Noon.AddSeconds(10))).NothingFollows();
    }

    public static TheoryData<AgentDescription, string> Broken => new()
    {
        { Describe(A1) with { Id = new("agent.1") }, "id:" },
        { Describe(A1) with { Id = new("") }, "id:" },
        { Describe(A1) with { Id = new("agent#1") }, "id:" },
        { Describe(A1) with { Id = default }, "id:" },
        { Describe(A1) with { Hostname = "two words" }, "hostname:" },
        { Describe(A1) with { Hostname = null! }, "hostname:" },
        { Describe(A1) with { Address = "" }, "address:" },
        { Describe(A1) with { Port = 0 }, "port:" },
        { Describe(A1) with { Port = 65536 }, "port:" },
        { Describe(A1) with { Version = "" }, "version:" },
        { Describe(A1) with { Total = Resources.None }, "total:" },
        { Describe(A1) with { Total = null! }, "total:" },
        { With(Resource.Of("cpus", -1)), "cpus must be positive" },
        { With(Resource.Of("gpus", 1.5)), "gpus must be a whole number" },
        { With(new Resource("mem") { Set = ["a"] }), "mem must be a scalar" },
        { With(Resource.Of("ports", 3)), "ports must be ranges" },
        { With(Resource.Of("ports", new Interval(1, 70000))), "ports end at 65535" },
        { With(new Resource("ports") { Ranges = [new(9, 5)] }), "ends before it begins" },
        { With(new Resource("ports") { Ranges = [new(5, 9), new(7, 11)] }), "disjoint" },
        { With(new Resource("ports") { Ranges = [new(5, 9), new(10, 11)] }), "adjacent" },
        { With(new Resource("x") { Ranges = [new(5, ulong.MaxValue), new(0, 1)] }), "disjoint" },
        { With(new Resource("zones") { Set = ["b", "a"] }), "sorted" },
        { With(new Resource("x") { Set = ["a"], Scalar = new(1000) }), "exactly one of" },
        { With(Resource.Of("cpus", 1) with { AllocationRole = "web" }), "allocated" },
        { With(Resource.Of("cpus", 1) with { Reservations = [new("web", Dynamic: true)] }), "dynamically" },
        { With(Resource.Of("cpus", 1) with { Reservations = [new("*", Dynamic: false)] }), "no role" },
        { With(Resource.Of("cpus", 1) with { Reservations = [new("a//b", Dynamic: false)] }), "not a role" },
        { Describe(A1) with { Attributes = [new("rack")] }, "rack must have exactly one" },
        { Describe(A1) with { Attributes = [new("rack", "r1", Scalar.From(1))] }, "rack must have exactly one" },
        { Describe(A1) with { Attributes = [new("", "r1")] }, "attributes:" },
        { Describe(A1) with { Domain = new("eu", "") }, "domain.zone:" },
        { Describe(A1) with { SealingKey = "" }, "sealingKey:" },
        { Describe(A1) with { SealingKey = "MFkw" }, "sealingKey:" },
        { Describe(A1) with { SealingKey = new('A', 124) }, "sealingKey:" },
    };

    [Theory, MemberData(nameof(Broken))]
    public void Names_the_field_that_is_wrong(AgentDescription description, string named) =>
        Given().When(new Register(description, "boot-1", Noon)).ShouldBeRefused(RefusalCode.Malformed, named);

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    public void Names_a_missing_boot(string? boot) =>
        Given().When(new Register(Describe(A1), boot!, Noon)).ShouldBeRefused(RefusalCode.Malformed, "boot");

    [Fact]
    public void Takes_statically_reserved_custom_and_revocable_resources() =>
        Given().When(new Register(
            With(
                Resource.Of("cpus", 1) with { Reservations = [new("eng", Dynamic: false)] },
                Resource.Of("cpus", 1) with { Revocable = true },
                Resource.Of("gpus", 2),
                Resource.Of("licences", "a", "b")),
            "boot-1", Noon)).Decision.Facts.Count.ShouldBe(1);

    private static AgentDescription With(params Resource[] resources) => Describe(A1) with { Total = Resources.Of(resources) };
}
