using System.Net;

namespace Bourse.Conformance.Http;

public sealed class LimitingCalls : IAsyncLifetime
{
    // The first call each takes what there is for the next hour.
    private readonly TestCluster cluster = new() { RateLimits = "alice=0.0003:1; *=1000" };

    public ValueTask InitializeAsync() => cluster.InitializeAsync();

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    [Fact]
    public async Task Holds_a_principal_back_then_refuses_it_and_leaves_the_others_alone()
    {
        await using var alice = await TestScheduler.Subscribe(cluster);
        using var client = new HttpClient();
        var held = client.SendAsync(Revive("alice"), TestContext.Current.CancellationToken);
        // Two at once: whichever comes second finds the place taken.
        var next = client.SendAsync(Revive("alice"), TestContext.Current.CancellationToken);
        var refused = await await Task.WhenAny(held, next);
        refused.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        (await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))
            .ShouldBe("Principal 'alice' makes more calls than its rate limit allows");
        (held.IsCompleted && next.IsCompleted).ShouldBeFalse();

        // The answer is that it has no framework: it was served.
        using var bob = await client.SendAsync(Revive("bob"), TestContext.Current.CancellationToken);
        bob.StatusCode.ShouldBe(HttpStatusCode.BadRequest);

        HttpRequestMessage Revive(string principal) =>
            cluster.Request("/api/v1/scheduler", $$"""{"type":"REVIVE","framework_id":{"value":"{{alice.FrameworkId}}"} }""", principal);
    }

    [Theory]
    [InlineData("web")]
    [InlineData("web=fast")]
    [InlineData("web=0")]
    [InlineData("web=1:2:3")]
    [InlineData("web=1:-1")]
    public async Task Ends_the_start_with_the_entry_that_cannot_be_read(string limits)
    {
        await using var other = new TestCluster { RateLimits = limits };
        (await Should.ThrowAsync<InvalidOperationException>(async () => await other.InitializeAsync())).Message.ShouldContain($"Bourse__Allocator__RateLimits: '{limits}'");
    }
}
