using System.Net;
using System.Text;
using Bourse.Allocator.Host.Loop;
using Bourse.Contracts;
using Bourse.MesosV1.Master;
using Bourse.MesosV1.Wire;
using Microsoft.Extensions.DependencyInjection;

namespace Bourse.Conformance.Http;

/// <summary>Quotas, weights and roles as operators set and see them, by the calls of v1 and by those from before.</summary>
public sealed class SharingTheCluster : IAsyncLifetime
{
    private readonly TestCluster cluster = new();

    public ValueTask InitializeAsync() => cluster.InitializeAsync();

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    private async Task<(HttpStatusCode Status, string Body)> Send(string method, string path, string? body, string principal = "operator")
    {
        using var client = new HttpClient();
        using var response = await client.SendAsync(cluster.Request(path, body, principal, method: method), TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private Task<(HttpStatusCode Status, string Body)> Call(string type, string members = "") => Send("POST", "/api/v1", $$"""{"type":"{{type}}"{{members}}}""");

    private Task<(HttpStatusCode Status, string Body)> Update(string configs, bool force = false) =>
        Call("UPDATE_QUOTA", $$""","update_quota":{"force":{{(force ? "true" : "false")}},"quota_configs":[{{configs}}]}""");

    private async Task<Response> Read(string type) => MesosJson.Parse<Response>(Encoding.UTF8.GetBytes((await Call(type)).Body));

    private const string Web = """{"role":"web","guarantees":{"cpus":{"value":1}},"limits":{"cpus":{"value":2.5},"mem":{"value":1024}}}""";

    [Fact]
    public async Task A_quota_is_set_shown_and_recorded_under_the_name_of_who_asked()
    {
        await cluster.AgentJoins();
        (await Update(Web)).ShouldBe((HttpStatusCode.OK, ""));

        var status = (await Read("GET_QUOTA")).GetQuota.Status;
        var config = status.Configs.ShouldHaveSingleItem();
        (config.Role, config.Guarantees["cpus"].Value, config.Limits["cpus"].Value, config.Limits["mem"].Value).ShouldBe(("web", 1, 2.5, 1024));
        status.Infos.ShouldHaveSingleItem().Guarantee.ShouldHaveSingleItem().Scalar.Value.ShouldBe(1);
        cluster.Facts.OfType<QuotasUpdated>().ShouldHaveSingleItem().Principal.ShouldBe("operator");

        (await Update("""{"role":"web"}""")).Status.ShouldBe(HttpStatusCode.OK);
        (await Call("GET_QUOTA")).Body.ShouldBe("""{"type":"GET_QUOTA","get_quota":{"status":{}}}""");
    }

    [Theory]
    [InlineData("""{"role":"web","guarantees":{"cpus":{"value":3}},"limits":{"cpus":{"value":2}}}""", "more than its limit")]
    [InlineData("""{"role":"web","limits":{"cpus":{"value":-1}}}""", "not a finite amount")]
    [InlineData("""{"role":"web","limits":{"mem":{"value":1e13}}}""", "1 exabyte")]
    [InlineData("""{"role":"a//b"}""", "empty component")]
    [InlineData("""{"role":"web"},{"role":"web"}""", "twice")]
    [InlineData("""{"role":"web","guarantees":{"cpus":{"value":100}}}""", "more than the cluster's capacity")]
    [InlineData("""{"role":"eng","limits":{"cpus":{"value":1}}},{"role":"eng/a","limits":{"cpus":{"value":2}}}""", "above it")]
    [InlineData("""{"role":"ok","limits":{"cpus":{"value":1}}},{"role":"web","guarantees":{"cpus":{"value":3}},"limits":{"cpus":{"value":2}}}""", "more than its limit")]
    public async Task A_quota_that_cannot_be_is_400_and_changes_nothing(string configs, string why)
    {
        await cluster.AgentJoins();
        var (status, body) = await Update(configs);
        status.ShouldBe(HttpStatusCode.BadRequest);
        body.ShouldContain(why);
        cluster.Facts.OfType<QuotasUpdated>().ShouldBeEmpty();
    }

    [Fact]
    public async Task Force_promises_more_than_there_is() =>
        (await Update("""{"role":"web","guarantees":{"cpus":{"value":100}}}""", force: true)).Status.ShouldBe(HttpStatusCode.OK);

    [Fact]
    public async Task A_framework_may_not_set_quotas_or_weights()
    {
        (await Send("POST", "/api/v1", """{"type":"UPDATE_QUOTA","update_quota":{"quota_configs":[""" + Web + "]}}", "alice")).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await Send("PUT", "/weights", """[{"role":"web","weight":2}]""", "alice")).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await Send("GET", "/quota", null, "")).Status.ShouldBe(HttpStatusCode.Unauthorized);
    }

    private const string Guarantee = """
        "guarantee":[{"name":"cpus","type":"SCALAR","scalar":{"value":2}}]
        """;

    [Fact]
    public async Task The_older_calls_set_and_remove_a_guarantee_that_is_a_limit_too()
    {
        await cluster.AgentJoins();
        const string members = ""","set_quota":{"quota_request":{"role":"web",""" + Guarantee + "}}";
        (await Call("SET_QUOTA", members)).Status.ShouldBe(HttpStatusCode.OK);
        (await Call("SET_QUOTA", members)).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await Read("GET_QUOTA")).GetQuota.Status.Configs.Single().Limits["cpus"].Value.ShouldBe(2);
        (await Call("REMOVE_QUOTA", ""","remove_quota":{"role":"web"}""")).Status.ShouldBe(HttpStatusCode.OK);
        (await Call("REMOVE_QUOTA", ""","remove_quota":{"role":"web"}""")).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await Call("SET_QUOTA", ""","set_quota":{"quota_request":{"role":"web","guarantee":[{"name":"cpus","type":"SCALAR","scalar":{"value":99}}]}}"""))
            .Status.ShouldBe(HttpStatusCode.Conflict);
    }

    [Theory]
    [InlineData("/quota"), InlineData("/master/quota")]
    public async Task The_endpoint_from_before_v1_sets_shows_and_removes_quotas(string path)
    {
        await cluster.AgentJoins();
        (await Send("POST", path, $$"""{"role":"web",{{Guarantee}}}""")).Status.ShouldBe(HttpStatusCode.OK);
        var (status, body) = await Send("GET", path, null);
        status.ShouldBe(HttpStatusCode.OK);
        body.ShouldContain("\"role\":\"web\"");
        (await Send("POST", path, "{")).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await Send("DELETE", path + "/web", null)).Status.ShouldBe(HttpStatusCode.OK);
        (await Send("DELETE", path + "/web", null)).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await Send("GET", path, null)).Body.ShouldBe("{}");
    }

    [Fact]
    public async Task Weights_are_set_and_shown_by_both_interfaces()
    {
        (await Call("UPDATE_WEIGHTS", ""","update_weights":{"weight_infos":[{"role":"web","weight":2}]}""")).Status.ShouldBe(HttpStatusCode.OK);
        (await Read("GET_WEIGHTS")).GetWeights.WeightInfos.ShouldHaveSingleItem().Weight.ShouldBe(2);
        (await Send("PUT", "/weights", """[{"role":"eng/ui","weight":0.5}]""")).Status.ShouldBe(HttpStatusCode.OK);
        (await Send("GET", "/weights", null)).Body.ShouldBe("""[{"weight":0.5,"role":"eng/ui"},{"weight":2.0,"role":"web"}]""");
        (await Call("UPDATE_WEIGHTS", ""","update_weights":{"weight_infos":[{"role":"web","weight":0}]}""")).Status.ShouldBe(HttpStatusCode.BadRequest);
        foreach (var wrong in (string[])["{}", "[1]", "[", ""])
            (await Send("PUT", "/weights", wrong)).Status.ShouldBe(HttpStatusCode.BadRequest);
        cluster.Facts.OfType<WeightsUpdated>().Select(fact => fact.Principal).ShouldBe(["operator", "operator"]);
    }

    [Fact]
    public async Task Roles_are_shown_with_weight_quota_and_consumption()
    {
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        await cluster.AgentJoins();
        await Update(Web);
        await Call("UPDATE_WEIGHTS", ""","update_weights":{"weight_infos":[{"role":"web","weight":2},{"role":"idle","weight":3}]}""");
        await cluster.Allocates();
        var offer = (await scheduler.NextNews()).Offers.Offers_.Single();
        offer.Resources.Single(resource => resource.Name == "cpus").Scalar.Value.ShouldBe(2.5);
        await scheduler.Launch(offer.Id.Value, "t1");

        (await Read("GET_ROLES")).GetRoles.Roles.Select(role => (role.Name, role.Weight)).ShouldBe([("*", 1), ("idle", 3), ("web", 2)]);
        var (_, body) = await Send("GET", "/roles", null);
        body.ShouldContain("""{"name":"web","weight":2.0,"quota":{"role":"web","guarantee":{"cpus":1.0},"limit":{"cpus":2.5,"mem":1024.0},"consumed":{"cpus":0.5""");
    }

    [Fact]
    public async Task A_framework_is_told_of_offers_that_its_quota_takes_back()
    {
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        await cluster.AgentJoins();
        await cluster.Allocates();
        var offer = (await scheduler.NextNews()).Offers.Offers_.Single();
        await Update("""{"role":"web","limits":{"cpus":{"value":1}}}""");
        (await scheduler.NextNews()).Rescind.OfferId.ShouldBe(offer.Id);
    }

    [Fact]
    public async Task A_framework_is_told_of_offers_that_new_weights_give_to_another()
    {
        await using var web = await TestScheduler.Subscribe(cluster);
        await cluster.AgentJoins();
        await cluster.Allocates();
        var offer = (await web.NextNews()).Offers.Offers_.Single();
        await using var batch = await TestScheduler.Subscribe(cluster, role: "\"role\":\"batch\"");

        // Nobody else weighs more now, so the offer stays.
        await Call("UPDATE_WEIGHTS", ""","update_weights":{"weight_infos":[{"role":"other","weight":9}]}""");
        await Call("UPDATE_WEIGHTS", ""","update_weights":{"weight_infos":[{"role":"batch","weight":9}]}""");
        (await web.NextNews()).Rescind.OfferId.ShouldBe(offer.Id);
        await cluster.Allocates();
        (await batch.NextNews()).Offers.Offers_.Single().AgentId.Value.ShouldBe("agent-1");
        cluster.Facts.OfType<OffersRescinded>().ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("UPDATE_WEIGHTS", "update_weights", "\"weight_infos\":[{\"role\":\"web\",\"weight\":2}]")]
    [InlineData("UPDATE_QUOTA", "update_quota", "\"quota_configs\":[{\"role\":\"web\",\"limits\":{\"cpus\":{\"value\":1}}}]")]
    public async Task A_change_asks_for_a_cycle_at_once(string call, string member, string content)
    {
        var occasions = cluster.Services.GetRequiredService<Occasions>();
        await occasions.Wait(TimeSpan.Zero, TestContext.Current.CancellationToken); // that of the beginning
        (await occasions.Wait(TimeSpan.Zero, TestContext.Current.CancellationToken)).ShouldBeFalse();
        (await Call(call, $",\"{member}\":{{{content}}}")).Status.ShouldBe(HttpStatusCode.OK);
        (await occasions.Wait(TimeSpan.Zero, TestContext.Current.CancellationToken)).ShouldBeTrue();
    }
}
