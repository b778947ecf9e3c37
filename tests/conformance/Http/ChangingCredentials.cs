using System.Net;
using System.Net.Http.Headers;

namespace Bourse.Conformance.Http;

/// <summary>The tokens file is changed while the cluster runs.</summary>
public sealed class ChangingCredentials : IAsyncLifetime
{
    private const string Web = """{"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"root","name":"fw","role":"web"}}}""";

    private readonly TestCluster cluster = new();

    public ValueTask InitializeAsync() => cluster.InitializeAsync();

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    [Fact]
    public async Task Lets_who_was_added_in_and_cuts_off_who_was_removed()
    {
        await using var alice = await TestScheduler.Subscribe(cluster);
        await using var bob = await TestScheduler.Open(cluster, Web, "bob");
        (await StatusOf("carol-0123456789-secret")).ShouldBe(HttpStatusCode.Unauthorized);

        var before = await File.ReadAllTextAsync(cluster.TokensFile, TestContext.Current.CancellationToken);
        await Change(before.Replace("bob", "carol", StringComparison.Ordinal));
        (await StatusOf("carol-0123456789-secret")).ShouldBe(HttpStatusCode.Forbidden);   // known, and no operator
        (await StatusOf("bob-0123456789-secret")).ShouldBe(HttpStatusCode.Unauthorized);
        await Should.ThrowAsync<IOException>(async () =>
        {
            while (true)
                await bob.Next();
        });
        (await alice.Call("REVIVE")).Status.ShouldBe(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task Changes_nothing_when_the_file_cannot_be_used()
    {
        await Change("""{"tokens":[{"principal":"dave"}]}""");
        (await StatusOf("alice-0123456789-secret")).ShouldBe(HttpStatusCode.Forbidden);
    }

    private async Task Change(string content)
    {
        await File.WriteAllTextAsync(cluster.TokensFile, content, TestContext.Current.CancellationToken);
        // Files of a test may be written twice within one tick of the file system's clock.
        File.SetLastWriteTimeUtc(cluster.TokensFile, new DateTime(2026, 6, 1, 0, 0, 0, DateTimeKind.Utc));
        cluster.Clock.Advance(TimeSpan.FromSeconds(1));
    }

    private async Task<HttpStatusCode> StatusOf(string secret)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(cluster.Address, "/api/v1"));
        request.Content = new StringContent("""{"type":"GET_FLAGS"}""", new MediaTypeHeaderValue("application/json"));
        request.Headers.Authorization = new("Bearer", secret);
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }
}
