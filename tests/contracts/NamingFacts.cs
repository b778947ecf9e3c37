namespace Bourse.Contracts.Tests;

public sealed class NamingFacts
{
    [Fact]
    public void Names_every_fact_exactly_once()
    {
        var facts = typeof(IFact).Assembly.GetTypes().Where(t => !t.IsInterface && t.IsAssignableTo(typeof(IFact)) && !IsRetired(t));
        var named = Services.All.SelectMany(service => FactNames.Of(service).Names.Select(n => n.Value)).ToHashSet();
        facts.Where(fact => !named.Contains(fact)).ShouldBeEmpty();
    }

    private static bool IsRetired(Type type) => type.Namespace!.EndsWith("Retired", StringComparison.Ordinal);
}
