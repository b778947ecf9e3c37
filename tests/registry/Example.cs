using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Registry.Tests;

/// <summary>Fixed values, and the story form: given facts, when a command, then facts or a refusal.</summary>
public static class Example
{
    public static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    public static readonly AgentId A1 = new("agent-1");
    public static readonly AgentId A2 = new("agent-2");
    public static readonly RegistryCore Core = new();

    public const string SealingKey =
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==";

    public static AgentDescription Describe(AgentId id, double cpus = 4) => new(
        id, $"{id}.example", "127.0.0.1", 5051,
        Resources.Of(Resource.Of("cpus", cpus), Resource.Of("mem", 4096), Resource.Of("ports", new Interval(31000, 32000))),
        [new("rack", Text: "r1"), new("level", Scalar: Scalar.From(3))],
        new("eu", "eu-1"), "0.1.0", SealingKey);

    public static Given Given(params IFact[] facts) => new(facts);
}

public sealed record Given(IReadOnlyList<IFact> Facts)
{
    public Then When(RegistryCommand command)
    {
        var state = Example.Core.New();
        foreach (var fact in Facts)
            Example.Core.Evolve(state, fact);
        return new(Example.Core.Decide(state, command));
    }
}

public sealed record Then(Decision Decision)
{
    public void ShouldFollow(params IFact[] facts)
    {
        Decision.Refusal.ShouldBeNull();
        Decision.Facts.ShouldBe(facts);
    }

    public void NothingFollows() => ShouldFollow();

    public void ShouldBeRefused(RefusalCode code, string naming)
    {
        Decision.Facts.ShouldBeEmpty();
        Decision.Refusal.ShouldNotBeNull().Code.ShouldBe(code);
        Decision.Refusal.Message.ShouldContain(naming);
    }
}
