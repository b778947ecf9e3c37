using System.Net;
using Bourse.Client;
using Bourse.MesosV1;
using Bourse.MesosV1.Scheduler;
using Google.Protobuf;
using MasterStub = Bourse.Conformance.Clients.Stub<Bourse.MesosV1.Scheduler.Call, Bourse.MesosV1.Scheduler.Event>;
using Task = System.Threading.Tasks.Task;

namespace Bourse.Conformance.Clients;

/// <summary>The client library's scheduler, against a master that a test plays.</summary>
public sealed class SchedulersComeBack
{
    private static readonly ConnectionOptions Fast = new()
    {
        FirstPause = TimeSpan.FromMilliseconds(1), LongestPause = TimeSpan.FromMilliseconds(5), Patience = TimeSpan.FromSeconds(15),
    };

    private static readonly Event Heartbeat = new() { Type = Event.Types.Type.Heartbeat };

    [Theory]
    [InlineData(WireEncoding.Json, "application/json")]
    [InlineData(WireEncoding.Protobuf, "application/x-protobuf")]
    public async Task Under_their_id_with_what_they_had_suppressed(WireEncoding encoding, string contentType)
    {
        await using var master = await MasterStub.Start(IsSubscribe);
        var again = new TaskCompletionSource();
        master.Subscribed.Enqueue(async c =>
        {
            await c.Tell(Subscribed("F1"), Heartbeat);
            await again.Task; // then the stream ends
        });
        master.Subscribed.Enqueue(async c =>
        {
            await c.Tell(Subscribed("F1"));
            await c.Hold();
        });
        using var scheduler = new SchedulerClient(master.Address, Info("a", "b"), Fast with { Encoding = encoding, Credential = ClientCredential.Bearer("t0ken") });
        await using var events = scheduler.Events(TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);

        (await events.MoveNextAsync()).ShouldBeTrue();
        events.Current.Type.ShouldBe(Event.Types.Type.Subscribed);
        var first = await master.Next();
        (first.Call.FrameworkId, first.Call.Subscribe.SuppressedRoles.Count, first.ContentType, first.Authorization, first.StreamId)
            .ShouldBe((null, 0, contentType, "Bearer t0ken", null));

        (await scheduler.Suppress(["a"], TestContext.Current.CancellationToken)).ShouldBeTrue();
        var suppress = await master.Next();
        (suppress.Call.FrameworkId.Value, suppress.Call.Suppress.Roles.Single(), suppress.StreamId).ShouldBe(("F1", "a", "stream-1"));

        (await events.MoveNextAsync()).ShouldBeTrue();
        again.SetResult();
        (await events.MoveNextAsync()).ShouldBeTrue();
        events.Current.Type.ShouldBe(Event.Types.Type.Subscribed);
        scheduler.Subscriptions.ShouldBe(2);
        var second = await master.Next();
        (second.Call.FrameworkId.Value, second.Call.Subscribe.FrameworkInfo.Id.Value, second.Call.Subscribe.SuppressedRoles.Single()).ShouldBe(("F1", "F1", "a"));
    }

    [Theory]
    [InlineData("//{0}/api/v1/scheduler")]
    [InlineData("http://{0}/api/v1/scheduler")]
    public async Task By_way_of_whoever_knows_the_leader(string location)
    {
        await using var leader = await MasterStub.Start(IsSubscribe);
        await using var other = await MasterStub.Start(IsSubscribe);
        other.Subscribed.Enqueue(c =>
        {
            c.Redirect(string.Format(location, leader.Address.Authority));
            return Task.CompletedTask;
        });
        leader.Subscribed.Enqueue(Holding("F1"));
        using var scheduler = new SchedulerClient(other.Address, Info(), Fast);
        await using var events = await Began(scheduler);

        scheduler.Master.Authority.ShouldBe(leader.Address.Authority);
        (await scheduler.Revive(cancellationToken: TestContext.Current.CancellationToken)).ShouldBeTrue();
        (await leader.Next()).Call.Type.ShouldBe(Call.Types.Type.Subscribe);
        (await leader.Next()).Call.Type.ShouldBe(Call.Types.Type.Revive);
    }

    [Fact]
    public async Task From_masters_that_send_them_in_a_circle()
    {
        await using var one = await MasterStub.Start(IsSubscribe);
        await using var two = await MasterStub.Start(IsSubscribe);
        for (var i = 0; i < 4; i++)
        {
            one.Subscribed.Enqueue(c => { c.Redirect($"//{two.Address.Authority}/"); return Task.CompletedTask; });
            two.Subscribed.Enqueue(c => { c.Redirect($"//{one.Address.Authority}/"); return Task.CompletedTask; });
        }
        one.Subscribed.Enqueue(Holding("F1"));
        using var scheduler = new SchedulerClient(one.Address, Info(), Fast);
        await using var events = await Began(scheduler);
        scheduler.FrameworkId!.Value.ShouldBe("F1");
    }

    [Fact]
    public async Task To_another_master_when_the_first_is_away()
    {
        await using var master = await MasterStub.Start(IsSubscribe);
        master.Subscribed.Enqueue(Holding("F1"));
        // Nobody listens at port 1.
        using var scheduler = new SchedulerClient(new Uri("http://127.0.0.1:1"), Info(), Fast with { OtherMasters = [master.Address] });
        await using var events = await Began(scheduler);
        scheduler.Master.ShouldBe(master.Address);
    }

    [Fact]
    public async Task When_a_master_that_recovers_has_done_so()
    {
        await using var master = await MasterStub.Start(IsSubscribe);
        for (var i = 0; i < 3; i++)
            master.Subscribed.Enqueue(c => { c.Context.Response.StatusCode = 503; return Task.CompletedTask; });
        master.Subscribed.Enqueue(Holding("F1"));
        using var scheduler = new SchedulerClient(master.Address, Info(), Fast);
        await using var events = await Began(scheduler);
        scheduler.Subscriptions.ShouldBe(1);
    }

    [Fact]
    public async Task When_the_heartbeats_stay_away()
    {
        await using var master = await MasterStub.Start(IsSubscribe);
        master.Subscribed.Enqueue(async c =>
        {
            await c.Tell(Subscribed("F1", heartbeat: 0.05)); // and not a word more, on a connection that stays open
            await c.Hold();
        });
        master.Subscribed.Enqueue(Holding("F1"));
        using var scheduler = new SchedulerClient(master.Address, Info(), Fast);
        await using var events = await Began(scheduler);
        (await events.MoveNextAsync()).ShouldBeTrue();
        scheduler.Subscriptions.ShouldBe(2);
    }

    [Theory]
    [InlineData(0)]   // the connection breaks before the answer
    [InlineData(403)] // a master that restarted
    [InlineData(307)] // one that leads no more
    public async Task When_a_call_shows_that_the_connection_is_gone(int answer)
    {
        await using var master = await MasterStub.Start(IsSubscribe);
        master.Subscribed.Enqueue(Holding("F1"));
        master.Subscribed.Enqueue(Holding("F1"));
        master.Answers.Enqueue(answer);
        using var scheduler = new SchedulerClient(master.Address, Info(), Fast);
        await using var events = await Began(scheduler);

        (await scheduler.Revive(cancellationToken: TestContext.Current.CancellationToken)).ShouldBeFalse();
        (await events.MoveNextAsync()).ShouldBeTrue();
        scheduler.Subscriptions.ShouldBe(2);
        (await scheduler.Revive(cancellationToken: TestContext.Current.CancellationToken)).ShouldBeTrue();
    }

    [Fact]
    public async Task Not_for_a_call_that_is_only_to_be_made_later()
    {
        await using var master = await MasterStub.Start(IsSubscribe);
        master.Subscribed.Enqueue(Holding("F1"));
        master.Answers.Enqueue(503);
        master.Answers.Enqueue(429);
        using var scheduler = new SchedulerClient(master.Address, Info(), Fast);
        await using var events = await Began(scheduler);
        (await scheduler.Revive(cancellationToken: TestContext.Current.CancellationToken)).ShouldBeTrue();
        scheduler.IsConnected.ShouldBeTrue();
    }

    [Fact]
    public async Task Not_when_they_are_refused()
    {
        await using var master = await MasterStub.Start(IsSubscribe);
        master.Subscribed.Enqueue(c => { c.Context.Response.StatusCode = 401; return Task.CompletedTask; });
        using var stranger = new SchedulerClient(master.Address, Info(), Fast with { Credential = ClientCredential.Basic("alice", "wrong") });
        (await Should.ThrowAsync<RefusedException>(() => Began(stranger))).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await master.Next()).Authorization.ShouldBe("Basic YWxpY2U6d3Jvbmc=");

        master.Subscribed.Enqueue(c => c.Tell(new Event { Type = Event.Types.Type.Error, Error = new() { Message = "Framework failed over" } }));
        using var older = new SchedulerClient(master.Address, Info(), Fast);
        (await Should.ThrowAsync<SubscriptionEndedException>(() => Began(older))).Message.ShouldBe("Framework failed over");

        master.Subscribed.Enqueue(Holding("F1"));
        master.Answers.Enqueue(400);
        using var wrong = new SchedulerClient(master.Address, Info(), Fast);
        await using var events = await Began(wrong);
        (await Should.ThrowAsync<RefusedException>(() => wrong.Teardown(TestContext.Current.CancellationToken))).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Not_beyond_their_patience()
    {
        using var scheduler = new SchedulerClient(new Uri("http://127.0.0.1:1"), Info(), Fast with { Patience = TimeSpan.FromMilliseconds(20) });
        await Should.ThrowAsync<ConnectionLostException>(() => Began(scheduler));
    }

    [Fact]
    public async Task Not_after_TEARDOWN()
    {
        await using var master = await MasterStub.Start(IsSubscribe);
        var torn = new TaskCompletionSource();
        master.Subscribed.Enqueue(async c =>
        {
            await c.Tell(Subscribed("F1"));
            await torn.Task;
        });
        using var scheduler = new SchedulerClient(master.Address, Info(), Fast);
        await using var events = await Began(scheduler);
        (await scheduler.Teardown(TestContext.Current.CancellationToken)).ShouldBeTrue();
        torn.SetResult();
        (await events.MoveNextAsync()).ShouldBeFalse();
    }

    [Fact]
    public async Task And_acknowledge_an_update_once_it_is_taken_in()
    {
        await using var master = await MasterStub.Start(IsSubscribe);
        var update = new Event
        {
            Type = Event.Types.Type.Update,
            Update = new()
            {
                Status = new()
                {
                    TaskId = new() { Value = "t" }, AgentId = new() { Value = "a" }, State = TaskState.TaskRunning, Uuid = ByteString.CopyFrom(new byte[16]),
                },
            },
        };
        master.Subscribed.Enqueue(async c =>
        {
            await c.Tell(Subscribed("F1"), update, Heartbeat);
            await c.Hold();
        });
        using var scheduler = new SchedulerClient(master.Address, Info(), Fast);
        await using var events = await Began(scheduler);
        await master.Next();
        (await events.MoveNextAsync()).ShouldBeTrue();
        events.Current.Type.ShouldBe(Event.Types.Type.Update);
        (await scheduler.Revive(cancellationToken: TestContext.Current.CancellationToken)).ShouldBeTrue();
        (await events.MoveNextAsync()).ShouldBeTrue();
        (await master.Next()).Call.Type.ShouldBe(Call.Types.Type.Revive);
        (await master.Next()).Call.Acknowledge.TaskId.Value.ShouldBe("t");
    }

    [Fact]
    public void After_pauses_that_double_and_differ()
    {
        foreach (var random in (double[])[0, 0.5, 0.999])
        {
            var backoff = new Bourse.Client.Wire.Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), () => random);
            double[] full = [1, 2, 4, 5, 5];
            foreach (var longest in full)
                backoff.Next().TotalSeconds.ShouldBe(longest * (1 - random / 2), 1e-6);
            backoff.Reset();
            backoff.Next().TotalSeconds.ShouldBe(1 - random / 2, 1e-6);
        }
    }

    private static bool IsSubscribe(Call call) => call.Type == Call.Types.Type.Subscribe;

    private static FrameworkInfo Info(params string[] roles) => new() { User = "u", Name = "n", Roles = { roles }, FailoverTimeout = 60 };

    private static Event Subscribed(string id, double heartbeat = 5) => new()
    {
        Type = Event.Types.Type.Subscribed,
        Subscribed = new() { FrameworkId = new() { Value = id }, HeartbeatIntervalSeconds = heartbeat },
    };

    private static Func<MasterStub.Conversation, Task> Holding(string id) => async conversation =>
    {
        await conversation.Tell(Subscribed(id));
        await conversation.Hold();
    };

    private static async Task<IAsyncEnumerator<Event>> Began(SchedulerClient scheduler)
    {
        var events = scheduler.Events(TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        (await events.MoveNextAsync()).ShouldBeTrue();
        events.Current.Type.ShouldBe(Event.Types.Type.Subscribed);
        return events;
    }
}
