using System.Text.Json;
using Bourse.Contracts;

namespace Bourse.Bus;

/// <summary>The only way services talk to each other. One per process.</summary>
public interface IBus : IAsyncDisposable
{
    /// <summary>Sends a message; returns once the broker has it safely. Messages of one caller to one destination keep their order when awaited.</summary>
    /// <param name="to">Where.</param>
    /// <param name="message">A record named in <see cref="MessageNames"/>.</param>
    /// <param name="origin">Who and what is behind it.</param>
    /// <param name="cancellationToken">Gives up; the message may still arrive.</param>
    Task Publish(Destination to, object message, Origin origin, CancellationToken cancellationToken);

    /// <summary>Asks a question and awaits its answer.</summary>
    /// <exception cref="TimeoutException">No answer within <paramref name="patience"/>.</exception>
    /// <exception cref="RefusedException">The answer was a refusal.</exception>
    Task<TAnswer> Ask<TAnswer>(Destination to, object question, Origin origin, TimeSpan patience, CancellationToken cancellationToken)
        where TAnswer : class;

    /// <summary>
    /// Declares a queue and handles its messages one by one, in order; a message is acknowledged when its handler returns. A handler
    /// that throws gets the same message again: nothing is skipped. Goes on through reconnects until the bus is disposed.
    /// </summary>
    /// <param name="queue">What to declare.</param>
    /// <param name="handle">The handler. A non-null result answers the sender, when it asked.</param>
    /// <param name="cancellationToken">Ends the wait for the queue to be ready, not the listening.</param>
    Task Listen(Queue queue, Func<Delivery, CancellationToken, Task<object?>> handle, CancellationToken cancellationToken);

    /// <summary>Called after every reconnect to the broker.</summary>
    event Action? Reconnected;
}

/// <summary>An exchange and a routing key; the empty exchange sends straight to the queue named by the key.</summary>
/// <param name="Exchange">Exchange, or empty.</param>
/// <param name="RoutingKey">Routing key, or queue name.</param>
public readonly record struct Destination(string Exchange, string RoutingKey)
{
    /// <summary>The command queue of a service.</summary>
    public static Destination Service(string service) => new("", Topology.Commands(service));

    /// <summary>A queue by name.</summary>
    public static Destination Queue(string name) => new("", name);

    /// <summary>One agent's queue.</summary>
    public static Destination Agent(AgentId agent) => new(Topology.Agents, agent.Value);

    /// <summary>What an agent reports: <paramref name="report"/> is register, heartbeat, hello, task or resolve.</summary>
    public static Destination Report(AgentId agent, string report) => new(Topology.Reports, $"{agent.Value}.{report}");

    /// <summary>A service's commits.</summary>
    public static Destination Commits(string service) => new(Topology.Commits, service);
}

/// <summary>A queue and what is bound to it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Bindings">Topic exchange and pattern pairs.</param>
/// <param name="Quorum">
/// True keeps messages on the broker's disk, for what nobody sends again; false leaves the kind of queue to the virtual host (classic
/// unless an operator sets another), for what <see cref="Topology.ComesAgain">comes again</see>.
/// </param>
/// <param name="InParallel">How many messages may be handled at once; 1 keeps the order.</param>
/// <param name="Pipelined">
/// Whether a message may be begun, in its order, before those before it are done. For handlers that begin by getting in line: what
/// waits there can share a write to the disk. A bus that cannot do this handles one after the other.
/// </param>
public sealed record Queue(string Name, ValueList<Destination> Bindings, bool Quorum = false, int InParallel = 1, bool Pipelined = false);

/// <summary>A message that arrived.</summary>
/// <param name="Message">The record.</param>
/// <param name="Id">The message's id.</param>
/// <param name="Origin">Who and what is behind it.</param>
/// <param name="Sender">The broker user that published it, as verified by the broker; null when it did not say.</param>
public sealed record Delivery(object Message, string Id, Origin Origin, string? Sender);

/// <summary>The body of every message on the bus; JSON, readable by any language.</summary>
/// <param name="Name">The message's name.</param>
/// <param name="Id">Unique.</param>
/// <param name="Data">The message itself.</param>
/// <param name="Origin">Who and what is behind it.</param>
/// <param name="AnswerTo">The queue that awaits the answer; null when none does.</param>
/// <param name="Answers">The id of the question this answers; null when it is none.</param>
public sealed record Envelope(string Name, string Id, JsonElement Data, Origin Origin, string? AnswerTo = null, string? Answers = null);

/// <summary>A question was answered with a refusal.</summary>
public sealed class RefusedException(string code, string message) : Exception(message)
{
    /// <summary>A <c>RefusalCode</c> in kebab case.</summary>
    public string Code { get; } = code;
}

/// <summary>Names on the broker.</summary>
public static class Topology
{
    /// <summary>Topic: every event, one message each, for anyone; routing key <c>family.event.subject…</c>.</summary>
    public const string Events = "bourse.events";

    /// <summary>Topic: one message per commit for our own services; routing key is the service.</summary>
    public const string Commits = "bourse.commits";

    /// <summary>Topic: to agents; routing key is the agent's id.</summary>
    public const string Agents = "bourse.agents";

    /// <summary>Topic: from agents; routing key is the agent's id, a dot and the report.</summary>
    public const string Reports = "bourse.reports";

    /// <summary>A service's command queue.</summary>
    public static string Commands(string service) => $"bourse.{service}";

    /// <summary>A service's queue of what agents report to it.</summary>
    public static string ReportsTo(string service) => $"bourse.{service}.reports";

    /// <summary>A service's queue of other services' commits.</summary>
    public static string CommitsTo(string service) => $"bourse.{service}.commits";

    /// <summary>Where messages of a queue go that nobody can read.</summary>
    public static string Parked(string queue) => $"{queue}.parked";

    /// <summary>
    /// Whether a message must reach a queue now or wait: what is sent to one receiver may not vanish because that has not started
    /// yet. Events and commits have subscribers or none, and an agent's queue is only a hint.
    /// </summary>
    public static bool MustBeRouted(Destination to) => to.Exchange.Length == 0 || to.Exchange == Reports;

    /// <summary>
    /// Whether senders repeat until they know it was heard, so that the broker need not write it to disk: agents report again after
    /// every reconnect, commands are sent again until confirmed, and followers of commits ask for what they miss.
    /// </summary>
    public static bool ComesAgain(Destination to) => to.Exchange is Commits or Agents or Reports;

    /// <summary>One agent's queue.</summary>
    public static string AgentQueue(AgentId agent) => $"bourse.agent.{agent.Value}";
}
