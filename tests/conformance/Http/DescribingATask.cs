using System.Text;
using Bourse.Contracts;
using Bourse.MesosV1.Wire;
using V1 = Bourse.MesosV1;

namespace Bourse.Conformance.Http;

/// <summary>What a task's description says beside what it runs on what.</summary>
public sealed class DescribingATask : IAsyncLifetime
{
    private readonly TestCluster cluster = new();

    public ValueTask InitializeAsync() => cluster.InitializeAsync();

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    private async Task<V1.Offer> Offered(TestScheduler scheduler)
    {
        await cluster.AgentJoins();
        await cluster.Allocates();
        return (await scheduler.NextNews()).Offers.Offers_.Single();
    }

    [Fact]
    public async Task Says_how_it_wants_to_be_found_and_how_far_it_may_go()
    {
        const string discovery =
            """{"visibility":"CLUSTER","name":"shop","ports":{"ports":[{"number":80,"name":"http","protocol":"tcp","visibility":"EXTERNAL"}]},"labels":{"labels":[{"key":"a","value":"b"}]}}""";
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        var offer = await Offered(scheduler);
        await scheduler.Launch(offer.Id.Value, "t1", """{"name":"cpus","type":"SCALAR","scalar":{"value":0.5}},{"name":"mem","type":"SCALAR","scalar":{"value":64}}""",
            more: $$""","discovery":{{discovery}},"limits":{"mem":{"value":"Infinity"},"cpus":{"value":2} }""");
        var launched = cluster.Facts.OfType<TaskLaunched>().Single().Spec;
        launched.Limits.ShouldBe([new("cpus", Scalar.From(2)), new("mem", null)]);

        using var client = new HttpClient();
        using var answer = await client.SendAsync(cluster.Request("/api/v1", """{"type":"GET_TASKS"}""", "operator"), TestContext.Current.CancellationToken);
        var task = MesosJson.Parse<MesosV1.Master.Response>(await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).GetTasks.Tasks.Single();
        MesosJson.Format(task.Discovery).ShouldBe(MesosJson.Format(MesosJson.Parse<V1.DiscoveryInfo>(Encoding.UTF8.GetBytes(discovery))));
        (task.Limits["cpus"].Value, task.Limits["mem"].Value).ShouldBe((2, double.PositiveInfinity));

        using var older = await client.SendAsync(cluster.Request("/tasks", null, "operator", method: "GET"), TestContext.Current.CancellationToken);
        var text = await older.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        text.ShouldContain($"\"discovery\":{Encoding.UTF8.GetString(MesosJson.Format(task.Discovery))}");
        text.ShouldContain("\"limits\":{\"cpus\":2.0,\"mem\":\"Infinity\"}");
    }

    [Fact]
    public async Task Has_options_of_docker_where_its_description_has_them()
    {
        const string parameters = """
            {"key":"env","value":"A=b=c"},{"key":"hostname","value":"h"},{"key":"shm-size","value":"64m"},{"key":"ulimit","value":"nofile=1024:2048"},
            {"key":"user","value":"nobody"},{"key":"volume","value":"/srv/data:/data:ro"}
            """;
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        var offer = await Offered(scheduler);
        await scheduler.Launch(offer.Id.Value, "t1",
            more: $$""","container":{"type":"DOCKER","docker":{"image":"alpine","network":"NONE","parameters":[{{parameters}}]} }""");
        var spec = cluster.Facts.OfType<TaskLaunched>().Single().Spec;
        spec.Command.User.ShouldBe("nobody");
        spec.Command.Environment.ShouldContain(new Variable("A", "b=c"));
        var container = spec.Container.ShouldNotBeNull();
        (container.Hostname, container.Linux?.ShmSizeMb).ShouldBe(("h", 64));
        container.Rlimits.ShouldBe([new("RLMT_NOFILE", 1024, 2048)]);
        container.Volumes.ShouldBe([new("/data", ReadOnly: true, HostPath: "/srv/data")]);
    }

    [Fact]
    public async Task Has_what_only_a_docker_engine_knows_for_an_agent_that_has_one()
    {
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        var offer = await Offered(scheduler);
        await scheduler.Launch(offer.Id.Value, "t1",
            more: ""","container":{"type":"DOCKER","docker":{"image":"alpine","privileged":true,"parameters":[{"key":"env","value":"A=b"},{"key":"init","value":"true"}]} }""");
        var container = cluster.Facts.OfType<TaskLaunched>().Single().Spec.Container.ShouldNotBeNull();
        container.Privileged.ShouldBeTrue();
        container.Parameters.ShouldBe([new("init", "true")]);
    }

    [Fact]
    public async Task Has_the_volume_of_a_plugin_and_names_the_secrets_it_takes()
    {
        const string volume = """
            {"mode":"RW","container_path":"data","source":{"type":"CSI_VOLUME","csi_volume":{"plugin_name":"disks","static_provisioning":{"volume_id":"v1",
            "volume_capability":{"mount":{"fs_type":"ext4","mount_flags":["noatime"]},"access_mode":{"mode":"SINGLE_NODE_WRITER"} },"volume_context":{"b":"2","a":"1"},
            "node_stage_secrets":{"key":{"type":"REFERENCE","reference":{"name":"disk-key"} } },"node_publish_secrets":{"login":{"type":"REFERENCE","reference":{"name":"disk-login"} } } } } } }
            """;
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        var offer = await Offered(scheduler);
        await scheduler.Launch(offer.Id.Value, "t1", more: $$""","container":{"type":"MESOS","volumes":[{{volume}}]}""");
        var spec = cluster.Facts.OfType<TaskLaunched>().Single().Spec;
        spec.Container.ShouldNotBeNull().Volumes.ShouldHaveSingleItem().Csi.ShouldBe(new(
            "disks", "v1", "SINGLE_NODE_WRITER", "ext4", ["noatime"], [new("a", "1"), new("b", "2")], [new("key", "disk-key")], [new("login", "disk-login")]));
        spec.Secrets().ShouldBe(["disk-key", "disk-login"], ignoreOrder: true);
    }
}
