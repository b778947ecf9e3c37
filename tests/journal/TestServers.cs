namespace Bourse.Journal.Tests;

/// <summary>Where the servers of these tests come from; the only place that knows.</summary>
internal static class TestServers
{
    public static string Postgres => Given("BOURSE_TEST_POSTGRES");

    public static Uri RabbitMq => new(Given("BOURSE_TEST_RABBITMQ"));

    private static string Given(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : throw new InvalidOperationException($"{name} is not set");
}
