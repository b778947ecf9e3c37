using Bourse.Contracts;
using Bourse.Edge;

namespace Bourse.Allocator.Host.Api;

/// <summary>GET /bourse/v1/explain/task/ID: everything that led to a task and everything that came of it, over all services.</summary>
internal static class ExplainTaskCall
{
    public static async Task<IResult> Handle(HttpContext context, EventLog log, string id, string? framework)
    {
        var (origin, ct) = (context.Caller().Origin, context.RequestAborted);
        var events = await Events(log, new TaskId(id), origin, ct);
        var launch = events.Select(e => e.Fact()).OfType<TaskLaunched>().LastOrDefault(f => framework is null || f.FrameworkId.Value == framework);
        var owner = launch?.FrameworkId ?? events.Select(e => e.Fact()).OfType<ITaskFact>().FirstOrDefault(f => framework is null || f.FrameworkId.Value == framework)?.FrameworkId;
        if (owner is not { } frameworkId)
            return Problems.Of(404, "unknown-task", $"no task '{id}'{(framework is null ? "" : $" of framework {framework}")} is in the journal");

        var story = events.Where(e => e.Fact().Subjects.Contains(frameworkId)).ToList();
        if (launch is not null)
            story.AddRange(await Causes(log, launch, origin, ct));
        story = [.. story.DistinctBy(e => (e.Service, e.Event.Position)).OrderBy(e => e.Event.At).ThenBy(e => e.Service == Services.Allocator ? 0 : 1).ThenBy(e => e.Event.Position)];

        var last = story.Select(e => e.Fact()).Select(f => (f as TaskStatusChanged)?.Update ?? (f as TaskRefused)?.Update).LastOrDefault(u => u is not null);
        var state = last?.State ?? TaskState.Staging;
        return Results.Json(new
        {
            taskId = id,
            frameworkId = frameworkId.Value,
            agentId = launch?.AgentId.Value,
            state = Sentences.State(state),
            summary = $"{Sentences.State(state)}{(last?.Message is { Length: > 0 } m ? $": {m}" : "")}",
            timeline = story.Select(e => new
            {
                service = e.Service,
                position = e.Event.Position,
                at = e.Event.At,
                name = e.Event.Name,
                text = Sentences.Of(e.Fact()),
                principal = e.Event.Origin.Principal,
                correlation = e.Event.Origin.Correlation,
                causation = e.Event.Origin.Causation,
            }),
        }, Json.Options);
    }

    // What came before the launch: the framework's subscription and the offer that was accepted.
    private static async Task<IEnumerable<LoggedEvent>> Causes(EventLog log, TaskLaunched launch, Origin origin, CancellationToken ct)
    {
        var first = await log.Page(Services.Allocator, new(1, 1, ((Subject)launch.FrameworkId).ToString()), origin, ct);
        var offer = await log.Page(Services.Allocator, new(1, 10, ((Subject)launch.OfferId).ToString()), origin, ct);
        return first.Events.Concat(offer.Events).Select(e => new LoggedEvent(Services.Allocator, e))
            .Where(e => e.Fact() is not TaskLaunched other || other.Spec.Id == launch.Spec.Id);
    }

    private static async Task<List<LoggedEvent>> Events(EventLog log, TaskId id, Origin origin, CancellationToken ct)
    {
        var events = new List<LoggedEvent>();
        await foreach (var e in log.Read(Services.All, Start.Beginning, ((Subject)id).ToString(), follow: false, origin, ct))
            events.Add(e!);
        return events;
    }
}
