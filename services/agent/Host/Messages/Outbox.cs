using System.Diagnostics;
using System.Threading.Channels;
using Bourse.Bus;
using Bourse.Contracts;

namespace Bourse.Agent.Host.Messages;

/// <summary>
/// Sends what the agent has to say. Many messages are under way at a time, but never two of one task, so that its updates arrive in
/// order; and a hello never together with anything, because it tells what is held at that point of the sequence: a report from
/// behind it that arrived before would make its task look lost.
/// </summary>
internal sealed class Outbox(IBus bus, AgentId agent)
{
    private const int MostUnderWay = 200;

    private readonly Channel<Effect> waiting = Channel.CreateUnbounded<Effect>(new() { SingleReader = true });

    public void Send(Effect effect) => waiting.Writer.TryWrite(effect);

    public async Task Run(CancellationToken stopping)
    {
        var underWay = new List<(Task Sent, TaskKey? Of)>();
        var more = waiting.Reader.WaitToReadAsync(stopping).AsTask();
        while (await more)
        {
            while (waiting.Reader.TryRead(out var next))
            {
                TaskKey? task = next is SendReport report ? KeyOf(report) : null;
                // Reports of one task keep their order, and a hello that of everything.
                if (next is SayHello || underWay.Count == MostUnderWay || (task is not null && underWay.Exists(one => one.Of == task)))
                    await Settled(all: true);
                underWay.Add((Publish(next, stopping), task));
                if (next is SayHello)
                    await Settled(all: true);
            }
            more = waiting.Reader.WaitToReadAsync(stopping).AsTask();
            while (underWay.Count > 0 && await Task.WhenAny([more, .. underWay.Select(one => one.Sent)]) != more)
                await Settled(all: false);
        }

        async Task Settled(bool all)
        {
            foreach (var one in underWay.Where(one => all || one.Sent.IsCompleted).ToList())
            {
                await one.Sent;
                underWay.Remove(one);
            }
        }
    }

    private static TaskKey KeyOf(SendReport send) => new(send.Report.FrameworkId, send.Report.TaskId);

    private Task Publish(Effect effect, CancellationToken stopping) => effect switch
    {
        SayHello(var hello) => Publish("hello", hello, Guid.NewGuid().ToString("N"), stopping),
        SendReport(var report, var correlation) => Publish("task", report, correlation, stopping),
        SendExecutorEnd(var report, var correlation) => Publish("executor", report, correlation, stopping),
        SendToFramework(var message) => Publish("message", message, Guid.NewGuid().ToString("N"), stopping),
        AskSecrets(var question, var correlation) => Publish("resolve", question, correlation, stopping),
        _ => throw new UnreachableException($"{effect}"),
    };

    private Task Publish(string report, object message, string correlation, CancellationToken stopping) =>
        bus.Publish(Destination.Report(agent, report), message, new(agent.Value, correlation), stopping);
}
