using System.Net;
using System.Net.Http.Headers;
using Bourse.Contracts;
using Bourse.MesosV1.Scheduler;
using Bourse.MesosV1.Wire;
using Google.Protobuf;
using V1 = Bourse.MesosV1;

namespace Bourse.Conformance.Http;

/// <summary>A framework that speaks protobuf and one that speaks JSON share a cluster, and neither can tell.</summary>
public sealed class TwoEncodings : IAsyncLifetime
{
    private const string Json = "application/json", Protobuf = "application/x-protobuf";

    private readonly TestCluster cluster = new();

    public ValueTask InitializeAsync() => cluster.InitializeAsync();

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    [Fact]
    public async Task Live_the_same_life_side_by_side()
    {
        await using var json = await Client.Subscribe(cluster, Json, Json, "web");
        await using var protobuf = await Client.Subscribe(cluster, Protobuf, Protobuf, "db");
        await cluster.AgentJoins();
        // One after the other, because the first one is offered all there is.
        var second = await Launch(protobuf, "t-protobuf");
        var first = await Launch(json, "t-json");
        await Task.WhenAll(Live(json, first, 1), Live(protobuf, second, 2));
        json.Told.Select(Bare).ShouldBe(protobuf.Told.Select(Bare));
        cluster.Facts.OfType<FrameworkRemoved>().Count().ShouldBe(2);
    }

    [Theory]
    [InlineData(Json, Protobuf)]
    [InlineData(Protobuf, Json)]
    public async Task May_be_mixed_by_one_framework(string sent, string accepted)
    {
        await using var client = await Client.Subscribe(cluster, sent, accepted, "web");
        client.ContentType.ShouldBe(accepted);
        await cluster.AgentJoins();
        await Live(client, await Launch(client, "t1"), 3);
    }

    private static readonly V1.AgentID Agent = new() { Value = "agent-1" };

    private async Task<V1.TaskID> Launch(Client client, string task)
    {
        var id = new V1.TaskID { Value = task };
        await cluster.Allocates();
        var offer = (await client.Next(Event.Types.Type.Offers)).Offers.Offers_.Single();
        await client.Call(new() { Type = Call.Types.Type.Accept, Accept = new()
        {
            OfferIds = { offer.Id },
            Operations =
            {
                new V1.Offer.Types.Operation
                {
                    Type = V1.Offer.Types.Operation.Types.Type.Launch,
                    Launch = new() { TaskInfos = { new V1.TaskInfo
                    {
                        Name = "t", TaskId = id, AgentId = Agent, Command = new() { Value = "sleep 60" }, Data = ByteString.CopyFrom(0, 255, 10, 13),
                        Resources = { new V1.Resource { Name = "cpus", Type = V1.Value.Types.Type.Scalar, Scalar = new() { Value = 0.5 } } },
                    } } },
                },
                new V1.Offer.Types.Operation
                {
                    Type = V1.Offer.Types.Operation.Types.Type.Reserve, Id = new() { Value = "op" }, Reserve = new(),
                },
            },
            Filters = new() { RefuseSeconds = 0 },
        } });
        (await client.Next(Event.Types.Type.UpdateOperationStatus)).UpdateOperationStatus.Status.State.ShouldBe(V1.OperationState.OperationError);
        return id;
    }

    /// <summary>Every other call there is, with the events they have.</summary>
    private async Task Live(Client client, V1.TaskID id, byte seed)
    {
        var task = id.Value;
        var uuid = new byte[16];
        uuid[15] = seed;
        await cluster.Reports(client.FrameworkId, task, TaskState.Running, Convert.ToBase64String(uuid), "läuft");
        var running = (await client.Next(Event.Types.Type.Update)).Update.Status;
        (running.State, running.Message, running.Uuid.ToByteArray()[15]).ShouldBe((V1.TaskState.TaskRunning, "läuft", seed));
        await client.Call(new() { Type = Call.Types.Type.Acknowledge, Acknowledge = new() { AgentId = Agent, TaskId = id, Uuid = running.Uuid } });

        await client.Call(new() { Type = Call.Types.Type.Reconcile, Reconcile = new() { Tasks = { new Call.Types.Reconcile.Types.Task { TaskId = id } } } });
        (await client.Next(Event.Types.Type.Update)).Update.Status.Reason.ShouldBe(V1.TaskStatus.Types.Reason.Reconciliation);
        await client.Call(new() { Type = Call.Types.Type.ReconcileOperations, ReconcileOperations = new()
        {
            Operations = { new Call.Types.ReconcileOperations.Types.Operation { OperationId = new() { Value = "op" } } },
        } });
        (await client.Next(Event.Types.Type.UpdateOperationStatus)).UpdateOperationStatus.Status.State.ShouldBe(V1.OperationState.OperationUnknown);

        await client.Call(new() { Type = Call.Types.Type.Suppress });
        await client.Call(new() { Type = Call.Types.Type.Revive, Revive = new() { Roles = { client.Role } } });
        await client.Call(new() { Type = Call.Types.Type.Request, Request = new() { Requests = { new V1.Request { AgentId = Agent } } } });
        await client.Call(new() { Type = Call.Types.Type.Message, Message = new()
        {
            AgentId = Agent, ExecutorId = new() { Value = task }, Data = ByteString.CopyFrom(255, 254, 0),
        } });
        await client.Call(new() { Type = Call.Types.Type.AcknowledgeOperationStatus, AcknowledgeOperationStatus = new()
        {
            Uuid = ByteString.CopyFrom(uuid), OperationId = new() { Value = "op" },
        } });
        var offer = new V1.OfferID { Value = "nothing" };
        await client.Call(new() { Type = Call.Types.Type.AcceptInverseOffers, AcceptInverseOffers = new() { InverseOfferIds = { offer } } });
        await client.Call(new() { Type = Call.Types.Type.DeclineInverseOffers, DeclineInverseOffers = new() { InverseOfferIds = { offer } } });
        await client.Call(new() { Type = Call.Types.Type.Decline, Decline = new() { OfferIds = { offer } } });
        var info = client.Info.Clone();
        info.Id = new() { Value = client.FrameworkId };
        info.Name = "fw 2";
        await client.Call(new() { Type = Call.Types.Type.UpdateFramework, UpdateFramework = new() { FrameworkInfo = info } });

        await client.Call(new() { Type = Call.Types.Type.Shutdown, Shutdown = new() { ExecutorId = new() { Value = task }, AgentId = Agent } });
        await client.Call(new() { Type = Call.Types.Type.Kill, Kill = new() { TaskId = id } });
        cluster.Facts.OfType<TaskKillRequested>().ShouldContain(kill => kill.TaskId.Value == task);
        await client.Call(new() { Type = Call.Types.Type.Teardown });
        await client.End();
    }

    /// <summary>The event without what must differ: names of tasks, frameworks and offers, and which of the two came first.</summary>
    private static string Bare(Event @event)
    {
        var bare = @event.Clone();
        if (bare.Offers is not null)
            bare.Offers = new();
        if (bare.Rescind is not null)
            bare.Rescind = null;
        if (bare.Subscribed is not null)
            bare.Subscribed.FrameworkId.Value = "F";
        if (bare.Update is { Status: var status })
            (status.TaskId.Value, status.Uuid, status.ExecutorId) = ("t", ByteString.Empty, null);
        return bare.ToString();
    }

    private sealed class Client : IAsyncDisposable
    {
        private readonly HttpClient http = new();
        private readonly TestCluster cluster;
        private readonly string format;
        private readonly TestStream<Event> stream;

        private Client(TestCluster cluster, string format, TestStream<Event> stream, V1.FrameworkInfo info) =>
            (this.cluster, this.format, this.stream, Info) = (cluster, format, stream, info);

        public V1.FrameworkInfo Info { get; }

        public string Role => Info.Role;

        public string FrameworkId { get; private set; } = "";

        public string ContentType => stream.Response.Content.Headers.ContentType!.ToString();

        public List<Event> Told { get; } = [];

        public static async Task<Client> Subscribe(TestCluster cluster, string sent, string accepted, string role)
        {
            var info = new V1.FrameworkInfo { User = "root", Name = "fw", Role = role, FailoverTimeout = 600 };
            var request = Request(cluster, sent, new() { Type = MesosV1.Scheduler.Call.Types.Type.Subscribe, Subscribe = new() { FrameworkInfo = info } });
            var client = new Client(cluster, sent, await TestStream<Event>.Open(request, accepted), info);
            client.FrameworkId = (await client.Next(Event.Types.Type.Subscribed)).Subscribed.FrameworkId.Value;
            return client;
        }

        /// <summary>The next event of the type; heartbeats and offers come when they want.</summary>
        public async Task<Event> Next(Event.Types.Type type)
        {
            while (true)
            {
                var @event = await stream.Next();
                if (@event.Type == type)
                {
                    Told.Add(@event);
                    return @event;
                }
                @event.Type.ShouldBeOneOf(Event.Types.Type.Heartbeat, Event.Types.Type.Offers);
            }
        }

        public async Task End()
        {
            while (await stream.NextOrEnd() is { } @event)
                @event.Type.ShouldBeOneOf(Event.Types.Type.Heartbeat, Event.Types.Type.Offers, Event.Types.Type.Rescind);
        }

        public async Task Call(Call call)
        {
            call.FrameworkId = new() { Value = FrameworkId };
            var request = Request(cluster, format, call);
            request.Headers.Add("Mesos-Stream-Id", stream.Response.Headers.GetValues("Mesos-Stream-Id").Single());
            request.Headers.Accept.Add(new(format));
            using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
            response.StatusCode.ShouldBe(HttpStatusCode.Accepted, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            (response.Content.Headers.ContentType, response.Content.Headers.ContentLength).ShouldBe((null, 0));
        }

        private static HttpRequestMessage Request(TestCluster cluster, string format, Call call)
        {
            var request = cluster.Request("/api/v1/scheduler", null);
            request.Content = new ByteArrayContent(format == Json ? MesosJson.Format(call) : MesosProtobuf.Format(call));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(format);
            return request;
        }

        public async ValueTask DisposeAsync()
        {
            await stream.DisposeAsync();
            http.Dispose();
        }
    }
}
