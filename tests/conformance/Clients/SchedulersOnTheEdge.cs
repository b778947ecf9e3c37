using Bourse.Client;
using Bourse.Conformance.Http;
using Bourse.Contracts;
using Bourse.MesosV1;
using Bourse.MesosV1.Scheduler;
using Task = System.Threading.Tasks.Task;

namespace Bourse.Conformance.Clients;

/// <summary>The client library against the allocator's own edge: the two of them speak the same language.</summary>
public sealed class SchedulersOnTheEdge(TestCluster cluster) : IClassFixture<TestCluster>
{
    [Theory]
    [InlineData(WireEncoding.Json, false)]
    [InlineData(WireEncoding.Protobuf, false)]
    [InlineData(WireEncoding.Protobuf, true)]
    public async Task Run_a_task_from_its_offer_to_its_end(WireEncoding encoding, bool basic)
    {
        var ct = TestContext.Current.CancellationToken;
        await cluster.AgentJoins();
        const string secret = "alice-0123456789-secret";
        using var scheduler = new SchedulerClient(
            cluster.Address,
            new FrameworkInfo { User = "root", Name = "client", Role = $"r-{encoding}-{basic}", FailoverTimeout = 60 },
            new() { Encoding = encoding, Credential = basic ? ClientCredential.Basic("alice", secret) : ClientCredential.Bearer(secret) });
        var task = $"t-{encoding}-{basic}";
        List<string> states = [];
        await foreach (var e in scheduler.Events(ct))
        {
            switch (e.Type)
            {
                case Event.Types.Type.Subscribed:
                    await cluster.Allocates();
                    break;
                case Event.Types.Type.Offers:
                    var offer = e.Offers.Offers_.Single();
                    offer.Sum("mem").ShouldBe(4096);
                    offer.AgentAddress().ShouldBe(new Uri("http://10.0.0.7:5051"));
                    (await scheduler.Launch(offer, [Make.Task(task, offer, Make.Program("true"), Make.Scalar("cpus", 0.5), Make.Scalar("mem", 32))], null, ct)).ShouldBeTrue();
                    var id = scheduler.FrameworkId!.Value;
                    await cluster.Reports(id, task, Contracts.TaskState.Running, Convert.ToBase64String(Guid.NewGuid().ToByteArray()));
                    await cluster.Reports(id, task, Contracts.TaskState.Finished, Convert.ToBase64String(Guid.NewGuid().ToByteArray()));
                    break;
                case Event.Types.Type.Update:
                    states.Add(e.Update.Status.State.Name());
                    break;
                default:
                    break;
            }
            // The second update comes only because the first was acknowledged.
            if (states.Count == 2)
                break;
        }
        states.ShouldBe(["TASK_RUNNING", "TASK_FINISHED"]);
        await RefusedCalls.Eventually(() => cluster.Facts.OfType<FrameworkDisconnected>().Any(f => f.FrameworkId.Value == scheduler.FrameworkId!.Value));
        // Leaving the loop is no TEARDOWN; another process takes over.
        using var next = new SchedulerClient(
            cluster.Address, new FrameworkInfo { User = "root", Name = "client", Role = $"r-{encoding}-{basic}", FailoverTimeout = 60, Id = scheduler.FrameworkId },
            new() { Encoding = encoding, Credential = ClientCredential.Bearer(secret) });
        await foreach (var e in next.Events(ct))
        {
            e.Subscribed.FrameworkId.ShouldBe(scheduler.FrameworkId);
            (await next.Teardown(ct)).ShouldBeTrue();
            break;
        }
    }
}
