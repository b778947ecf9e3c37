using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Journal.Tests.Counting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bourse.Journal.Tests.Crashing;

/// <summary>The broker is killed with -9 and started again while a question is being answered.</summary>
public sealed class AskingThroughARestart
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Gets_the_answer_although_the_queue_for_it_was_away(bool massTransit)
    {
        await using var servers = await TestServers.StartOwn(durable: true);
        await using var server = Open();
        await using var asker = Open();
        var (asked, mayAnswer, reconnected) = (new TaskCompletionSource(), new TaskCompletionSource(), new TaskCompletionSource());
        asker.Reconnected += () => reconnected.TrySetResult();
        await server.Listen(new Queue("ask", []), async (_, token) =>
        {
            asked.TrySetResult();
            await mayAnswer.Task.WaitAsync(token);
            return new Verified("x", 7, []);
        }, Cluster.Patience);

        var answer = asker.Ask<Verified>(Destination.Queue("ask"), new ReadState(7), new Origin("alice", "c-1"), TimeSpan.FromMinutes(1), Cluster.Patience);
        await asked.Task.WaitAsync(Cluster.Patience);
        await servers.RabbitMq.Kill(Cluster.Patience);
        // By now the asker has no queue; it has one again some time after the one who answers is back.
        mayAnswer.SetResult();
        await servers.RabbitMq.Start(Cluster.Patience);

        (await answer).Events.ShouldBe(7);
        await reconnected.Task.WaitAsync(Cluster.Patience);

        IBus Open() => massTransit
            ? MassTransitBus.Start(servers.RabbitMq.Uri, "test", NullLoggerFactory.Instance)
            : new RabbitBus(servers.RabbitMq.Uri);
    }
}
