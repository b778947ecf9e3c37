using System.Net;
using Bourse.Allocator;
using Bourse.Contracts;
using Bourse.MesosV1.Scheduler;
using V1 = Bourse.MesosV1;

namespace Bourse.Conformance.Http;

/// <summary>From offer to acknowledged end, over the wire.</summary>
public sealed class LifeOfATask : IAsyncLifetime
{
    private const string Uuid1 = "AAAAAAAAAAAAAAAAAAAAAQ==", Uuid2 = "AAAAAAAAAAAAAAAAAAAAAg==";

    private readonly TestCluster cluster = new();

    public ValueTask InitializeAsync() => cluster.InitializeAsync();

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    private async Task<(TestScheduler Scheduler, V1.Offer Offer)> Offered(string capabilities = "", string role = "\"role\":\"web\"")
    {
        var scheduler = await TestScheduler.Subscribe(cluster, capabilities: capabilities, role: role);
        await cluster.AgentJoins();
        await cluster.Allocates();
        return (scheduler, (await scheduler.NextNews()).Offers.Offers_.Single());
    }

    private static string Acknowledge(string task, string uuid) =>
        $$$""","acknowledge":{"agent_id":{"value":"agent-1"},"task_id":{"value":"{{{task}}}"},"uuid":"{{{uuid}}}"}""";

    [Fact]
    public async Task Begins_with_an_offer_in_the_form_of_an_old_framework()
    {
        var (scheduler, offer) = await Offered();
        await using var _ = scheduler;
        offer.AgentId.Value.ShouldBe("agent-1");
        offer.Hostname.ShouldBe("a1.example");
        offer.Url.Address.Ip.ShouldBe("10.0.0.7");
        offer.Url.Path.ShouldBe("/slave(1)");
        offer.AllocationInfo.ShouldBeNull();
        offer.Attributes.ShouldHaveSingleItem().Text.Value.ShouldBe("r1");
        offer.Domain.FaultDomain.Zone.Name.ShouldBe("eu-1");
        offer.Resources.Select(r => (r.Name, r.Role)).ShouldBe([("cpus", "*"), ("mem", "*"), ("ports", "*")]);
        offer.Resources.ShouldAllBe(r => r.AllocationInfo == null);
        offer.Resources[2].Ranges.Range.Single().End.ShouldBe(31099ul);
    }

    [Fact]
    public async Task Begins_with_an_offer_in_the_form_of_a_new_framework()
    {
        var (scheduler, offer) = await Offered("""{"type":"MULTI_ROLE"},{"type":"RESERVATION_REFINEMENT"}""", "\"roles\":[\"web\"]");
        await using var _ = scheduler;
        offer.AllocationInfo.Role.ShouldBe("web");
        offer.Resources.ShouldAllBe(r => !r.HasRole && r.Reservation == null && r.Reservations.Count == 0 && r.AllocationInfo.Role == "web");
    }

    [Fact]
    public async Task Goes_through_launch_update_and_acknowledgement_one_update_at_a_time()
    {
        var (scheduler, offer) = await Offered();
        await using var _ = scheduler;
        (await scheduler.Launch(offer.Id.Value, "t1")).ShouldBe((HttpStatusCode.Accepted, ""));
        var launched = cluster.Facts.OfType<TaskLaunched>().Single();
        launched.Spec.Command.ShouldBe(new TaskCommand(true, "sleep 60"));
        launched.Spec.Resources.Total("cpus").ShouldBe(Scalar.From(0.5));
        launched.Principal.ShouldBe("alice");

        await cluster.Reports(scheduler.FrameworkId, "t1", TaskState.Running, Uuid1);
        await cluster.Reports(scheduler.FrameworkId, "t1", TaskState.Finished, Uuid2, "Command exited with status 0");
        var running = (await scheduler.NextNews()).Update.Status;
        running.State.ShouldBe(V1.TaskState.TaskRunning);
        running.Uuid.ToBase64().ShouldBe(Uuid1);
        running.ExecutorId.Value.ShouldBe("t1");
        running.Source.ShouldBe(V1.TaskStatus.Types.Source.Executor);

        // The end waits until the start is acknowledged; an acknowledgement of something else changes nothing.
        await scheduler.Call("ACKNOWLEDGE", Acknowledge("t1", Uuid2));
        cluster.Facts.OfType<TaskStatusAcknowledged>().ShouldBeEmpty();
        await scheduler.Call("ACKNOWLEDGE", Acknowledge("t1", Uuid1));
        var finished = (await scheduler.NextNews()).Update.Status;
        finished.State.ShouldBe(V1.TaskState.TaskFinished);
        finished.Message.ShouldBe("Command exited with status 0");
        await scheduler.Call("ACKNOWLEDGE", Acknowledge("t1", Uuid2));
        cluster.Facts.OfType<TaskStatusAcknowledged>().Select(f => f.Uuid).ShouldBe([Uuid1, Uuid2]);
    }

    [Fact]
    public async Task Tells_an_update_again_until_it_is_acknowledged_and_after_every_subscription()
    {
        var (scheduler, offer) = await Offered();
        await using var _ = scheduler;
        await scheduler.Launch(offer.Id.Value, "t1");
        await cluster.Reports(scheduler.FrameworkId, "t1", TaskState.Running, Uuid1);
        (await scheduler.NextNews()).Update.Status.Uuid.ToBase64().ShouldBe(Uuid1);

        await cluster.Command(new Decline(new(scheduler.FrameworkId), [], TimeSpan.Zero, cluster.Clock.GetUtcNow()));
        for (var second = 0; second < 10; second++)
            cluster.Clock.Advance(TimeSpan.FromSeconds(1));
        (await scheduler.NextNews()).Update.Status.Uuid.ToBase64().ShouldBe(Uuid1);

        await using var successor = await TestScheduler.Subscribe(cluster, scheduler.FrameworkId);
        (await successor.NextNews()).Update.Status.Uuid.ToBase64().ShouldBe(Uuid1);
        await successor.Call("ACKNOWLEDGE", Acknowledge("t1", Uuid1));
        for (var beat = 0; beat < 6; beat++)
        {
            cluster.Clock.Advance(TimeSpan.FromSeconds(5));
            (await successor.Next()).Type.ShouldBe(Event.Types.Type.Heartbeat);
        }
    }

    [Fact]
    public async Task Ends_before_it_began_when_it_asks_for_more_than_the_offer()
    {
        var (scheduler, offer) = await Offered();
        await using var _ = scheduler;
        var answer = await scheduler.Launch(offer.Id.Value, "greedy", """{"name":"cpus","type":"SCALAR","scalar":{"value":64}}""");
        answer.ShouldBe((HttpStatusCode.Accepted, ""));
        var status = (await scheduler.NextNews()).Update.Status;
        status.State.ShouldBe(V1.TaskState.TaskError);
        status.Reason.ShouldBe(V1.TaskStatus.Types.Reason.TaskInvalid);
        status.Source.ShouldBe(V1.TaskStatus.Types.Source.Master);
        status.HasUuid.ShouldBeFalse();
        status.Message.ShouldBe("Task uses more resources cpus:64 than available cpus:4; mem:4096; ports:[31000-31099]");
        cluster.Facts.OfType<TaskLaunched>().ShouldBeEmpty();
        cluster.Facts.OfType<TaskRefused>().Single().TaskId.Value.ShouldBe("greedy");
    }

    [Theory]
    [InlineData("", V1.TaskState.TaskLost)]
    [InlineData("{\"type\":\"PARTITION_AWARE\"}", V1.TaskState.TaskDropped)]
    public async Task Ends_before_it_began_when_the_offer_is_unknown(string capabilities, V1.TaskState state)
    {
        await using var scheduler = await TestScheduler.Subscribe(cluster, capabilities: capabilities);
        var before = cluster.Facts.Count;
        (await scheduler.Launch("no-such-offer", "t1")).ShouldBe((HttpStatusCode.Accepted, ""));
        var status = (await scheduler.NextNews()).Update.Status;
        status.State.ShouldBe(state);
        status.Reason.ShouldBe(V1.TaskStatus.Types.Reason.InvalidOffers);
        status.HasUuid.ShouldBeFalse();
        cluster.Facts.Skip(before).ShouldHaveSingleItem().ShouldBeOfType<TaskRefused>();
    }

    [Theory]
    [InlineData(",\"executor\":{\"executor_id\":{\"value\":\"e\"}}", "'ExecutorInfo.command' must be set for 'CUSTOM' executor")]
    [InlineData(",\"executor\":{\"executor_id\":{\"value\":\"e\"},\"command\":{\"value\":\"x\"}}",
        "Task should have at least one (but not both) of CommandInfo or ExecutorInfo present")]
    [InlineData(",\"health_check\":{\"type\":\"TCP\",\"command\":{\"value\":\"true\"}}", "HealthCheck must have 'type' and the member that it names")]
    [InlineData(",\"health_check\":{\"type\":\"HTTP\",\"http\":{\"port\":80,\"path\":\"x\"}}", "The path 'x' of HTTP HealthCheck must start with '/'")]
    [InlineData(",\"check\":{\"type\":\"TCP\",\"tcp\":{\"port\":80},\"delay_seconds\":-1}", "CheckInfo's 'delay_seconds' must be non-negative")]
    [InlineData(",\"max_completion_time\":{\"nanoseconds\":-1}", "Task's 'max_completion_time' must be positive")]
    [InlineData(",\"limits\":{\"cpus\":{\"value\":0.25}}", "Task sets a resource limit for 'cpus' that is less than what it holds, or no amount")]
    [InlineData(",\"limits\":{\"cpus\":{\"value\":\"-Infinity\"}}", "Task sets a resource limit for 'cpus' that is less than what it holds, or no amount")]
    [InlineData(",\"limits\":{\"mem\":{\"value\":64}}", "Task sets a resource limit for 'mem' without holding any")]
    [InlineData(",\"limits\":{\"disk\":{\"value\":64}}", "Task sets a resource limit for 'disk': only limits for CPUs and memory are supported")]
    [InlineData(",\"container\":{\"type\":\"DOCKER\",\"docker\":{\"image\":\"alpine\",\"parameters\":[{\"key\":\"name\",\"value\":\"mine\"}]}}",
        "container.docker.parameters: 'name' is the agent's to choose")]
    [InlineData(",\"container\":{\"type\":\"DOCKER\",\"docker\":{\"image\":\"alpine\",\"parameters\":[{\"key\":\"-v /:/m --x\",\"value\":\"1\"}]}}",
        "container.docker.parameters: '-v /:/m --x' is not the long name of an option of 'docker run'")]
    [InlineData(",\"container\":{\"type\":\"DOCKER\",\"docker\":{\"image\":\"alpine\",\"parameters\":[{\"key\":\"ulimit\",\"value\":\"files=1\"}]}}",
        "container.docker.parameters: ulimit 'files=1' is not NAME=SOFT:HARD of a known limit")]
    [InlineData(",\"kill_policy\":{\"grace_period\":{\"nanoseconds\":-1}}", "Task's 'kill_policy.grace_period' must be non-negative")]
    [InlineData(",\"container\":{\"type\":\"DOCKER\"}", "DockerInfo 'docker' is not set for DOCKER typed ContainerInfo")]
    [InlineData(",\"container\":{\"type\":\"DOCKER\",\"docker\":{\"image\":\"alpine\",\"port_mappings\":[{\"host_port\":1,\"container_port\":2}]}}",
        "Port mappings are only supported for bridge and user-defined networks")]
    [InlineData(",\"container\":{\"type\":\"MESOS\",\"mesos\":{\"image\":{\"type\":\"APPC\",\"appc\":{\"name\":\"a\"}}}}",
        "container.mesos.image: only images of type DOCKER are supported; OCI images are pulled as such")]
    [InlineData(",\"container\":{\"type\":\"MESOS\",\"network_infos\":[{}]}", "container.network_infos: a network must be named")]
    [InlineData(",\"container\":{\"type\":\"MESOS\",\"tty_info\":{}}", "Task uses 'container.tty_info', which is not supported")]
    [InlineData(",\"container\":{\"type\":\"MESOS\",\"volumes\":[{\"mode\":\"RO\",\"container_path\":\"p\"}]}",
        "Volume 'p' must have exactly one of 'host_path', 'image' and 'source'")]
    [InlineData(",\"container\":{\"type\":\"MESOS\",\"volumes\":[{\"mode\":\"RO\",\"container_path\":\"../p\",\"source\":{\"type\":\"SECRET\",\"secret\":{\"type\":\"REFERENCE\",\"reference\":{\"name\":\"s\"}}}}]}",
        "Volume '../p': container_path of a secret must be a plain path inside the sandbox, or inside the container")]
    public async Task Is_refused_by_the_name_of_what_cannot_be_honoured(string part, string message)
    {
        var (scheduler, offer) = await Offered();
        await using var _ = scheduler;
        await scheduler.Launch(offer.Id.Value, "t1", more: part);
        var status = (await scheduler.NextNews()).Update.Status;
        status.State.ShouldBe(V1.TaskState.TaskError);
        status.Reason.ShouldBe(V1.TaskStatus.Types.Reason.TaskInvalid);
        status.Message.ShouldBe(message);
        cluster.Facts.OfType<TaskLaunched>().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("", "Task should have at least one (but not both) of CommandInfo or ExecutorInfo present")]
    [InlineData(",\"command\":{\"shell\":true}", "command.value is required: there is no container image whose entry point could be run")]
    [InlineData(",\"command\":{\"value\":\"x\",\"environment\":{\"variables\":[{\"name\":\"A\"}]}}", "Environment variable 'A' of type 'VALUE' must have a value and no secret")]
    [InlineData(",\"command\":{\"value\":\"x\",\"environment\":{\"variables\":[{\"name\":\"A\",\"type\":\"SECRET\",\"value\":\"v\"}]}}",
        "Environment variable 'A' of type 'SECRET' must have a secret and no value")]
    public async Task Is_refused_for_its_command(string command, string message)
    {
        var (scheduler, offer) = await Offered();
        await using var _ = scheduler;
        await scheduler.Launch(offer.Id.Value, "t1", command: command);
        (await scheduler.NextNews()).Update.Status.Message.ShouldBe(message);
    }

    [Theory]
    [InlineData("""{"name":"cpus","type":"SCALAR","scalar":{"value":0.0004}}""", "resource 'cpus' is positive but less than the precision of 0.001")]
    [InlineData("""{"name":"cpus","type":"SCALAR","scalar":{"value":-1}}""", "resource 'cpus' must be a finite number that is not negative")]
    [InlineData("""{"name":"cpus","type":"SCALAR","ranges":{"range":[]}}""", "resource 'cpus' must have exactly the value that its type names")]
    [InlineData("""{"name":"ports","type":"RANGES","ranges":{"range":[{"begin":5,"end":4}]}}""", "resource 'ports' has a range that begins after its end")]
    [InlineData("""{"name":"ports","type":"RANGES","ranges":{"range":[{"begin":1,"end":4},{"begin":4,"end":5}]}}""", "resource 'ports' has overlapping ranges")]
    [InlineData("""{"name":"zones","type":"SET","set":{"item":["a","a"]}}""", "resource 'zones' has an item twice")]
    [InlineData("""{"name":"cpus","type":"SCALAR","scalar":{"value":1},"reservations":[{"type":"DYNAMIC","role":"a"},{"type":"DYNAMIC","role":"b"}]}""",
        "resource 'cpus': reservation for 'b' does not refine that for 'a'")]
    [InlineData("""{"name":"gpus","type":"SCALAR","scalar":{"value":0.5}}""", "Task uses a fraction of a gpu: 'gpus' must be a whole number")]
    [InlineData("""{"name":"mem","type":"SCALAR","scalar":{"value":9e15}},{"name":"mem","type":"SCALAR","scalar":{"value":9e15}}""",
        "resources add up to more than can be counted")]
    [InlineData("", "Task uses no resources")]
    public async Task Is_refused_for_its_resources(string resources, string message)
    {
        var (scheduler, offer) = await Offered();
        await using var _ = scheduler;
        await scheduler.Launch(offer.Id.Value, "t1", resources);
        (await scheduler.NextNews()).Update.Status.Message.ShouldBe(message);
    }

    [Fact]
    public async Task Names_its_secrets_and_never_carries_them()
    {
        var (scheduler, offer) = await Offered();
        await using var _ = scheduler;
        await scheduler.Launch(offer.Id.Value, "leaky", command: """
            ,"command":{"value":"x","environment":{"variables":[{"name":"P","type":"SECRET","secret":{"type":"VALUE","value":{"data":"aHVudGVyMg=="}}}]}}
            """);
        (await scheduler.NextNews()).Update.Status.Message.ShouldBe(
            "Environment variable 'P': a secret's value must not be in a task; store it and refer to it by name");
        System.Text.Json.JsonSerializer.Serialize(cluster.Facts.Cast<object>(), Json.Options).ShouldNotContain("aHVudGVyMg");

        await cluster.Allocates();
        var again = (await scheduler.NextNews()).Offers.Offers_.Single();
        await scheduler.Launch(again.Id.Value, "good", command: """
            ,"command":{"value":"x","environment":{"variables":[{"name":"P","type":"SECRET","secret":{"type":"REFERENCE","reference":{"name":"db","key":"password"}}}]}}
            """, more: """
            ,"container":{"type":"MESOS","volumes":[{"mode":"RO","container_path":"etc/cert","source":{"type":"SECRET","secret":{"type":"REFERENCE","reference":{"name":"cert"}}}}]}
            """);
        var spec = cluster.Facts.OfType<TaskLaunched>().Single().Spec;
        spec.Command.Environment.ShouldBe([new Variable("P", null, "db/password")]);
        spec.SecretFiles.ShouldBe([new SecretFile("etc/cert", "cert")]);
    }

    [Fact]
    public async Task Is_launched_with_its_neighbours_in_one_call_each_judged_on_its_own()
    {
        var (scheduler, offer) = await Offered();
        await using var _ = scheduler;
        await scheduler.Call("ACCEPT", $$$"""
            ,"accept":{"offer_ids":{"value":"{{{offer.Id.Value}}}"},"operations":[
            {"type":"LAUNCH","launch":{"task_infos":[
              {"name":"a","task_id":{"value":"a"},"agent_id":{"value":"agent-1"},"resources":{{{TestScheduler.Cpu}}},"command":{"value":"true"}},
              {"name":"b","task_id":{"value":"bad/id"},"agent_id":{"value":"agent-1"},"resources":{{{TestScheduler.Cpu}}},"command":{"value":"true"}}]}},
            {"type":"LAUNCH","launch":{"task_infos":[
              {"name":"c","task_id":{"value":"c"},"agent_id":{"value":"agent-1"},"resources":{{{TestScheduler.Cpu}}},
               "command":{"shell":false,"value":"/bin/echo","arguments":["echo","hi"],"user":"nobody"},"kill_policy":{"grace_period":{"nanoseconds":7000000000}},
               "labels":{"labels":[{"key":"k","value":"v"},{"key":"w"}]},"data":"aGk="}]}},
            {"type":"RESERVE","id":{"value":"op1"},"reserve":{"resources":[]}}]}
            """);
        var launched = cluster.Facts.OfType<TaskLaunched>().Select(f => f.Spec).ToList();
        launched.Select(spec => spec.Id.Value).ShouldBe(["a", "c"]);
        launched[0].KillGrace.ShouldBe(TimeSpan.FromSeconds(3));
        launched[1].KillGrace.ShouldBe(TimeSpan.FromSeconds(7));
        launched[1].Command.ShouldBe(new TaskCommand(false, "/bin/echo", ["echo", "hi"], [], "nobody"));
        launched[1].Labels.ShouldBe([new Label("k", "v"), new Label("w")]);
        launched[1].Data.ShouldBe("aGk=");

        (await scheduler.NextNews()).Update.Status.TaskId.Value.ShouldBe("bad/id");
        var operation = (await scheduler.NextNews()).UpdateOperationStatus.Status;
        operation.OperationId.Value.ShouldBe("op1");
        operation.State.ShouldBe(V1.OperationState.OperationError);
    }

    [Fact]
    public async Task Can_be_asked_after_and_asked_to_end()
    {
        var (scheduler, offer) = await Offered();
        await using var _ = scheduler;
        await scheduler.Launch(offer.Id.Value, "t1");
        await scheduler.Call("RECONCILE", ""","reconcile":{"tasks":[{"task_id":{"value":"t1"}},{"task_id":{"value":"nobody"}}]}""");
        var known = (await scheduler.NextNews()).Update.Status;
        (known.State, known.Reason, known.HasUuid).ShouldBe((V1.TaskState.TaskStaging, V1.TaskStatus.Types.Reason.Reconciliation, false));
        (await scheduler.NextNews()).Update.Status.State.ShouldBe(V1.TaskState.TaskLost);

        await scheduler.Call("RECONCILE", ",\"reconcile\":{\"tasks\":null}");
        (await scheduler.NextNews()).Update.Status.TaskId.Value.ShouldBe("t1");

        await scheduler.Call("KILL", ""","kill":{"task_id":{"value":"nobody"}}""");
        (await scheduler.NextNews()).Update.Status.TaskId.Value.ShouldBe("nobody");
        await scheduler.Call("KILL", ""","kill":{"task_id":{"value":"t1"},"agent_id":{"value":"elsewhere"}}""");
        cluster.Facts.OfType<TaskKillRequested>().ShouldBeEmpty();
        await scheduler.Call("KILL", ""","kill":{"task_id":{"value":"t1"},"kill_policy":{"grace_period":{"nanoseconds":1000000000}}}""");
        cluster.Facts.OfType<TaskKillRequested>().Single().Grace.ShouldBe(TimeSpan.FromSeconds(1));
    }

    [Theory]
    [InlineData("", V1.TaskState.TaskRunning)]
    [InlineData("{\"type\":\"TASK_KILLING_STATE\"}", V1.TaskState.TaskKilling)]
    public async Task Is_said_to_be_killed_only_to_those_who_know_the_word(string capabilities, V1.TaskState state)
    {
        var (scheduler, offer) = await Offered(capabilities);
        await using var _ = scheduler;
        await scheduler.Launch(offer.Id.Value, "t1");
        await cluster.Reports(scheduler.FrameworkId, "t1", TaskState.Killing, Uuid1);
        (await scheduler.NextNews()).Update.Status.State.ShouldBe(state);
    }

    [Fact]
    public async Task Is_refused_unrecorded_when_its_id_could_not_be_recorded()
    {
        var (scheduler, offer) = await Offered();
        await using var _ = scheduler;
        await scheduler.Launch(offer.Id.Value, new string('x', 5000));
        var status = (await scheduler.NextNews()).Update.Status;
        (status.State, status.TaskId.Value.Length, status.Message).ShouldBe((V1.TaskState.TaskError, 5000, "ID must not be greater than 255 bytes"));
        cluster.Facts.OfType<TaskRefused>().ShouldBeEmpty();

        await cluster.Allocates();
        var again = (await scheduler.NextNews()).Offers.Offers_.Single();
        await scheduler.Launch(again.Id.Value, "nul\\u0000");
        (await scheduler.NextNews()).Update.Status.Message.ShouldBe("ID contains invalid characters");
    }

    [Fact]
    public async Task Is_refused_with_its_call_when_its_text_could_not_be_recorded()
    {
        var (scheduler, offer) = await Offered();
        await using var _ = scheduler;
        (await scheduler.Launch(offer.Id.Value, "t1", command: ",\"command\":{\"value\":\"echo \\u0000\"}"))
            .ShouldBe((HttpStatusCode.BadRequest, "text must not contain the character U+0000"));
        cluster.Facts.OfType<OffersAccepted>().ShouldBeEmpty();
        (await scheduler.Launch(offer.Id.Value, "t1")).Status.ShouldBe(HttpStatusCode.Accepted);
        cluster.Facts.OfType<TaskLaunched>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Is_lost_from_sight_with_its_agent()
    {
        var (scheduler, offer) = await Offered();
        await using var _ = scheduler;
        await scheduler.Launch(offer.Id.Value, "t1");
        await cluster.Command(new AgentSilent(TestCluster.A1, 1, cluster.Clock.GetUtcNow()));
        (await scheduler.NextNews()).Failure.AgentId.Value.ShouldBe("agent-1");
        var status = (await scheduler.NextNews()).Update.Status;
        status.State.ShouldBe(V1.TaskState.TaskLost);
        status.UnreachableTime.ShouldNotBeNull();
    }

    [Fact]
    public async Task Leaves_offers_to_be_declined_suppressed_and_rescinded()
    {
        var (scheduler, offer) = await Offered();
        await using var _ = scheduler;
        (await scheduler.Call("DECLINE", $$$""","decline":{"offer_ids":[{"value":"{{{offer.Id.Value}}}"},{"value":"unknown"}],"filters":null}""")).Status.ShouldBe(HttpStatusCode.Accepted);
        cluster.Facts.OfType<OffersDeclined>().Single().RefusedUntil.ShouldBe(TestCluster.Noon.AddSeconds(5));
        (await scheduler.Call("SUPPRESS", ",\"suppress\":{\"roles\":[]}")).Status.ShouldBe(HttpStatusCode.Accepted);
        cluster.Facts.OfType<FrameworkSuppressed>().Single().Roles.ShouldBe(["web"]);
        (await scheduler.Call("REVIVE")).Status.ShouldBe(HttpStatusCode.Accepted);
        await cluster.Allocates();
        var again = (await scheduler.NextNews()).Offers.Offers_.Single();
        await cluster.Command(new AgentSilent(TestCluster.A1, 1, cluster.Clock.GetUtcNow()));
        (await scheduler.NextNews()).Rescind.OfferId.Value.ShouldBe(again.Id.Value);
    }
}
