using System.Net;
using System.Text;

namespace Bourse.SystemTests;

/// <summary>Each bad request gets the refusal that Mesos prescribes, and leaves nothing else behind.</summary>
[Collection(OneCluster.Name)]
public sealed class BadInput(Cluster cluster)
{
    private const string Scheduler = "/api/v1/scheduler";
    private const string Operator = "/api/v1";

    [Theory]
    [InlineData("malformed JSON", Scheduler, "{\"type\":", HttpStatusCode.BadRequest)]
    [InlineData("not an object", Scheduler, "[1,2]", HttpStatusCode.BadRequest)]
    [InlineData("no type", Scheduler, "{}", HttpStatusCode.BadRequest)]
    [InlineData("unknown type", Scheduler, "{\"type\":\"DANCE\"}", HttpStatusCode.BadRequest)]
    [InlineData("SUBSCRIBE without its body", Scheduler, "{\"type\":\"SUBSCRIBE\"}", HttpStatusCode.BadRequest)]
    [InlineData("missing user", Scheduler, "{\"type\":\"SUBSCRIBE\",\"subscribe\":{\"framework_info\":{\"name\":\"x\"}}}", HttpStatusCode.BadRequest)]
    [InlineData("unknown framework", Scheduler, "{\"type\":\"REVIVE\",\"framework_id\":{\"value\":\"nobody\"}}", HttpStatusCode.BadRequest)]
    [InlineData("malformed operator call", Operator, "{", HttpStatusCode.BadRequest)]
    [InlineData("unknown operator call", Operator, "{\"type\":\"DANCE\"}", HttpStatusCode.BadRequest)]
    public async Task Is_refused_and_changes_nothing(string what, string path, string body, HttpStatusCode expected)
    {
        using var caller = cluster.Caller("default");
        var before = await Position();
        using var answer = await caller.PostAsync(path, Json(body), TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(expected, what);
        (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldNotBeEmpty(what);
        (await Position()).ShouldBe(before, what);
    }

    [Fact]
    public async Task Is_refused_when_it_is_too_long()
    {
        using var caller = cluster.Caller("default");
        var before = await Position();
        using var answer = await caller.PostAsync(Scheduler, Json(new string(' ', 64 * 1024 * 1024)), TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (await Position()).ShouldBe(before);
    }

    [Fact]
    public async Task Is_refused_in_another_media_type()
    {
        using var caller = cluster.Caller("default");
        using var answer = await caller.PostAsync(Scheduler, new StringContent("type=SUBSCRIBE", Encoding.UTF8, "text/plain"), TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.UnsupportedMediaType);
    }

    [Fact]
    public async Task Is_refused_from_a_caller_with_a_wrong_token()
    {
        using var caller = cluster.Caller(null);
        caller.DefaultRequestHeaders.Authorization = new("Bearer", "wrong");
        using var answer = await caller.PostAsync(Scheduler, Json("{}"), TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Gives_a_task_that_wants_more_than_its_offer_an_error_and_no_process()
    {
        await using var framework = await RawFramework.Subscribe(cluster, "greedy");
        var offer = await framework.Offer();
        await framework.Accept(offer["id"]!["value"]!.GetValue<string>(), offer["agent_id"]!["value"]!.GetValue<string>(), "too-much", cpus: 100_000);
        var status = await framework.StatusOf("too-much");
        status["state"]!.GetValue<string>().ShouldBe("TASK_ERROR");
        status["message"]!.GetValue<string>().ShouldNotBeEmpty();
        await cluster.Verify();
    }

    [Fact]
    public async Task Gives_a_task_on_an_unknown_offer_a_lost_update()
    {
        await using var framework = await RawFramework.Subscribe(cluster, "late");
        var offer = await framework.Offer();
        await framework.Accept("no-such-offer", offer["agent_id"]!["value"]!.GetValue<string>(), "nowhere", cpus: 0.1);
        var status = await framework.StatusOf("nowhere");
        status["state"]!.GetValue<string>().ShouldBe("TASK_LOST");
        status["reason"]!.GetValue<string>().ShouldBe("REASON_INVALID_OFFERS");
        await cluster.Verify();
    }

    // Other frameworks may be offered things meanwhile; what a refused call of this one could have made are events by it.
    private async Task<int> Position() => (await cluster.Events("--principal", "default", "--service", "allocator")).Count;

    private static ByteArrayContent Json(string body)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = new("application/json");
        return content;
    }
}
