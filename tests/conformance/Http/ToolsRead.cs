using System.Net;
using System.Text;
using System.Text.Json;
using Bourse.Contracts;

namespace Bourse.Conformance.Http;

/// <summary>The endpoints from before v1, in the forms that the tools of Mesos take apart.</summary>
public sealed class ToolsRead : IAsyncLifetime
{
    private readonly TestCluster cluster = new();

    public ValueTask InitializeAsync() => cluster.InitializeAsync();

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    private async Task<HttpResponseMessage> Send(string path, string principal = "operator", string method = "GET")
    {
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        return await client.SendAsync(cluster.Request(path, null, principal, method: method), TestContext.Current.CancellationToken);
    }

    private async Task<string> Text(string path)
    {
        using var response = await Send(path);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.ToString().ShouldBe("application/json");
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    private async Task<JsonElement> Read(string path) => JsonDocument.Parse(await Text(path)).RootElement;

    private async Task<TestScheduler> OneOfTwoTasksRuns()
    {
        var scheduler = await TestScheduler.Subscribe(cluster);
        await cluster.AgentJoins();
        await cluster.Allocates();
        var offer = (await scheduler.NextNews()).Offers.Offers_.Single();
        const string ports = ",{\"name\":\"ports\",\"type\":\"RANGES\",\"ranges\":{\"range\":[{\"begin\":31000,\"end\":31001}]}}";
        await scheduler.Launch(offer.Id.Value, "t1", TestScheduler.Cpu + ports, ",\"labels\":{\"labels\":[{\"key\":\"tier\",\"value\":\"front\"}]}");
        await cluster.Reports(scheduler.FrameworkId, "t1", TaskState.Running, "AAAAAAAAAAAAAAAAAAAAAQ==");
        cluster.Clock.Advance(TimeSpan.FromSeconds(8));
        await cluster.Allocates();
        // The rest of the agent is offered before the update or after it; the update may have come a second time by then.
        var news = await scheduler.NextNews();
        while (news.Offers is null)
            news = await scheduler.NextNews();
        await scheduler.Launch(news.Offers.Offers_.Single().Id.Value, "t2");
        await cluster.Reports(scheduler.FrameworkId, "t2", TaskState.Finished, "AAAAAAAAAAAAAAAAAAAAAg==");
        await scheduler.Call("ACKNOWLEDGE",
            ",\"acknowledge\":{\"agent_id\":{\"value\":\"agent-1\"},\"task_id\":{\"value\":\"t2\"},\"uuid\":\"AAAAAAAAAAAAAAAAAAAAAg==\"}");
        return scheduler;
    }

    [Theory]
    [InlineData("/state")]
    [InlineData("/master/state")]
    [InlineData("/state/")]
    [InlineData("/master/state/x")]
    public async Task The_whole_state(string path)
    {
        await using var scheduler = await OneOfTwoTasksRuns();
        var state = await Read(path);
        state.GetProperty("version").GetString()!.Split('.').Length.ShouldBe(3);
        state.GetProperty("start_time").GetRawText().ShouldBe("1767268800.0");
        state.GetProperty("elected_time").GetRawText().ShouldBe("1767268800.0");
        state.GetProperty("leader").GetString().ShouldBe($"master@127.0.0.1:{cluster.Address.Port}");
        state.GetProperty("leader_info").GetProperty("port").GetInt32().ShouldBe(cluster.Address.Port);
        state.GetProperty("activated_slaves").GetRawText().ShouldBe("1.0");
        state.GetProperty("flags").GetProperty("authenticate_frameworks").GetString().ShouldBe("true");
        foreach (var empty in (string[])["recovered_slaves", "completed_frameworks", "orphan_tasks", "unregistered_frameworks"])
            state.GetProperty(empty).GetArrayLength().ShouldBe(0);

        var slave = state.GetProperty("slaves").EnumerateArray().ShouldHaveSingleItem();
        slave.GetProperty("pid").GetString().ShouldBe("slave(1)@10.0.0.7:5051");
        slave.GetProperty("resources").GetRawText().ShouldBe("""{"cpus":4.0,"gpus":0.0,"mem":4096.0,"disk":0.0,"ports":"[31000-31099]"}""");
        slave.GetProperty("used_resources").GetRawText().ShouldBe("""{"cpus":0.5,"gpus":0.0,"mem":0.0,"disk":0.0,"ports":"[31000-31001]"}""");
        slave.GetProperty("attributes").GetRawText().ShouldBe("""{"rack":"r1"}""");

        var framework = state.GetProperty("frameworks").EnumerateArray().ShouldHaveSingleItem();
        framework.GetProperty("role").GetString().ShouldBe("web");
        framework.GetProperty("hostname").GetString().ShouldBe("");
        framework.GetProperty("failover_timeout").GetRawText().ShouldBe("600.0");
        var task = framework.GetProperty("tasks").EnumerateArray().ShouldHaveSingleItem();
        task.GetProperty("executor_id").GetString().ShouldBe("");
        task.GetProperty("state").GetString().ShouldBe("TASK_RUNNING");
        task.GetProperty("labels").GetRawText().ShouldBe("""[{"key":"tier","value":"front"}]""");
        task.GetProperty("statuses").GetRawText().ShouldBe("""[{"state":"TASK_RUNNING","timestamp":1767268800.0}]""");
        framework.GetProperty("completed_tasks").EnumerateArray().ShouldHaveSingleItem().GetProperty("id").GetString().ShouldBe("t2");
    }

    [Fact]
    public async Task Parts_of_the_state()
    {
        await using var scheduler = await OneOfTwoTasksRuns();
        var slave = (await Read("/slaves")).GetProperty("slaves").EnumerateArray().ShouldHaveSingleItem();
        slave.GetProperty("used_resources_full")[0].GetProperty("scalar").GetRawText().ShouldBe("""{"value":0.5}""");
        slave.GetProperty("reserved_resources_full").GetRawText().ShouldBe("{}");
        (await Read("/slaves?slave_id=other")).GetProperty("slaves").GetArrayLength().ShouldBe(0);

        (await Read($"/frameworks?framework_id={scheduler.FrameworkId}")).GetProperty("frameworks").GetArrayLength().ShouldBe(1);
        (await Read("/frameworks?framework_id=other")).GetProperty("frameworks").GetArrayLength().ShouldBe(0);

        var role = (await Read("/roles")).GetProperty("roles").EnumerateArray().Last();
        role.GetProperty("name").GetString().ShouldBe("web");
        role.GetProperty("weight").GetRawText().ShouldBe("1.0");
        role.GetProperty("allocated").GetRawText().ShouldBe("""{"cpus":0.5}""");
        role.GetProperty("frameworks")[0].GetString().ShouldBe(scheduler.FrameworkId);

        var summary = await Read("/state-summary");
        var counted = summary.GetProperty("slaves")[0];
        (counted.GetProperty("TASK_RUNNING").GetInt32(), counted.GetProperty("TASK_FINISHED").GetInt32()).ShouldBe((1, 1));
        counted.GetProperty("framework_ids")[0].GetString().ShouldBe(scheduler.FrameworkId);
        summary.GetProperty("frameworks")[0].GetProperty("slave_ids")[0].GetString().ShouldBe("agent-1");
        summary.GetProperty("frameworks")[0].TryGetProperty("tasks", out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData("", "t2 t1")]
    [InlineData("?order=asc", "t1 t2")]
    [InlineData("?limit=1", "t2")]
    [InlineData("?limit=1&offset=1", "t1")]
    [InlineData("?task_id=t1", "t1")]
    [InlineData("?limit=many&order=des", "t2 t1")]
    [InlineData("?framework_id=other", "")]
    public async Task Tasks_in_pages(string query, string tasks)
    {
        await using var scheduler = await OneOfTwoTasksRuns();
        (await Read("/tasks" + query)).GetProperty("tasks").EnumerateArray().Select(task => task.GetProperty("id").GetString())
            .ShouldBe(tasks.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task The_process_itself()
    {
        (await Read("/flags")).GetProperty("flags").GetProperty("allocation_interval").GetString().ShouldBe("1secs");
        var metrics = await Read("/metrics/snapshot?timeout=5secs");
        metrics.GetProperty("master/elected").GetRawText().ShouldBe("1.0");
        var version = await Read("/version");
        version.GetProperty("build_date").GetString()!.Length.ShouldBe(19);
        version.GetProperty("build_time").GetDouble().ShouldBeGreaterThan(1.7e9);

        using var health = await Send("/health", principal: "");
        health.StatusCode.ShouldBe(HttpStatusCode.OK);
        health.Content.Headers.ContentLength.ShouldBe(0);
    }

    [Fact]
    public async Task The_way_to_the_leader()
    {
        using var response = await Send("/redirect", principal: "");
        response.StatusCode.ShouldBe(HttpStatusCode.TemporaryRedirect);
        response.Headers.Location!.OriginalString.ShouldBe($"//127.0.0.1:{cluster.Address.Port}");
        using var loop = await Send("/redirect/redirect", principal: "");
        loop.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_log()
    {
        await File.WriteAllTextAsync(cluster.Log, "first line\nsecond line\n", TestContext.Current.CancellationToken);
        var file = JsonDocument.Parse(await Text("/files/browse?path=/master/log")).RootElement.EnumerateArray().ShouldHaveSingleItem();
        file.GetProperty("path").GetString().ShouldBe("/master/log");
        file.GetProperty("mode").GetString()!.ShouldStartWith("-rw");
        file.GetProperty("size").GetInt64().ShouldBe(23);
        (await Text("/files/read?path=/master/log&offset=6&length=4")).ShouldBe("""{"data":"line","offset":6}""");
        (await Text("/files/read?path=/master/log")).ShouldBe("""{"data":"","offset":23}""");
        (await Text("/files/read?path=/master/log&offset=0&length=-1")).ShouldContain("second line");
        (await Read("/files/debug")).GetProperty("/master/log").GetString().ShouldBe(cluster.Log);
        using var download = await Send("/files/download?path=/master/log");
        (await download.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldBe("first line\nsecond line\n");
        download.Content.Headers.ContentDisposition!.DispositionType.ShouldBe("attachment");
    }

    [Theory]
    [InlineData("/files/browse", 400)]
    [InlineData("/files/browse?path=/etc", 404)]
    [InlineData("/files/read?path=/etc/passwd&offset=0", 404)]
    [InlineData("/files/read?path=/master/log&offset=-2", 400)]
    [InlineData("/files/download?path=../../etc/passwd", 404)]
    [InlineData("/state?jsonp=alert(1);x", 400)]
    [InlineData("/nothing", 404)]
    public async Task Nothing_that_is_not_theirs(string path, int status)
    {
        using var response = await Send(path);
        ((int)response.StatusCode).ShouldBe(status);
    }

    [Theory]
    [InlineData("/state")]
    [InlineData("/files/read?path=/master/log")]
    [InlineData("/flags")]
    public async Task Nothing_without_credentials(string path)
    {
        using var nobody = await Send(path, principal: "");
        nobody.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        using var framework = await Send(path, principal: "alice");
        framework.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task As_a_script_when_they_name_a_function()
    {
        using var response = await Send("/roles?jsonp=angular.callbacks._0");
        response.Content.Headers.ContentType!.ToString().ShouldBe("text/javascript");
        Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken))
            .ShouldSatisfyAllConditions(text => text.ShouldStartWith("angular.callbacks._0({\"roles\":["), text => text.ShouldEndWith("});"));
    }
}
