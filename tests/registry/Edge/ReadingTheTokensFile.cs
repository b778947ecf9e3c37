using System.Text;
using System.Text.Json;

namespace Bourse.Edge.Tests;

public sealed class ReadingTheTokensFile
{
    [Theory]
    [InlineData("""{"tokens":[{"kind":"operator","secret":"hush-hush-hush-hush"}]}""", "principal")]
    [InlineData("""{"tokens":[{"principal":"a:b","kind":"operator","secret":"hush-hush-hush-hush"}]}""", "principal")]
    [InlineData("""{"tokens":[{"principal":"a","kind":"king","secret":"hush-hush-hush-hush"}]}""", "kind")]
    [InlineData("""{"tokens":[{"principal":"a","kind":"agent","secret":"hush"}]}""", "secret")]
    [InlineData("""{"tokens":[{"principal":"a","kind":"agent"}]}""", "secret")]
    [InlineData("""{}""", "tokens")]
    public void Names_what_is_wrong_and_never_shows_a_secret(string json, string named)
    {
        var refused = Should.Throw<FormatException>(() => Tokens.Parse(Encoding.UTF8.GetBytes(json)));
        refused.Message.ShouldContain(named);
        refused.Message.ShouldNotContain("hush");
    }

    [Fact]
    public void Stops_at_what_is_not_json() =>
        Should.Throw<JsonException>(() => Tokens.Parse("tokens: []"u8));

    [Fact]
    public void Names_the_file_that_is_missing() =>
        Should.Throw<InvalidOperationException>(() => Tokens.Load("/nowhere/tokens.json")).Message.ShouldContain("/nowhere/tokens.json");

    [Fact]
    public void Lets_a_principal_have_two_tokens_while_one_is_replaced()
    {
        var tokens = Tokens.Parse("""
            {"tokens":[{"principal":"a","kind":"framework","secret":"the-old-secret-1"},
                       {"principal":"a","kind":"framework","secret":"the-new-secret-2"}]}
            """u8);
        tokens.Find("the-old-secret-1").ShouldBe(new("a", Kinds.Framework));
        tokens.Find("a", "the-new-secret-2").ShouldBe(new("a", Kinds.Framework));
        tokens.Find("the-lost-secret-").ShouldBeNull();
    }
}
