using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Secrets.Tests;

/// <summary>Fixed values, and the story form: given facts, when a command, then facts or a refusal.</summary>
public static class Example
{
    public static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    public static readonly AgentId A1 = new("agent-1");
    public static readonly AgentId A2 = new("agent-2");
    public static readonly FrameworkId F1 = new("f-1");
    public static readonly TaskId T1 = new("t-1");
    public static readonly TaskId T2 = new("t-2");
    public static readonly SecretsCore Core = new();

    public const string Db = "db/password";
    public const string Api = "api.key";
    public const string Alice = "alice";
    public const string Bob = "bob";
    public const string Carol = "carol";

    public static Asker By(string principal) => new(principal, IsOperator: principal == "operator");

    public static SecretPut AnyPut(string secret = Db, long version = 1, string owner = Alice) =>
        new(secret, version, "key-1", $"ciphertext of {secret} {version}", owner, Noon);

    public static Story Given(params IFact[] facts) => new(facts);
}

public sealed record Story(IReadOnlyList<IFact> Facts)
{
    public Then When(SecretsCommand command)
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
