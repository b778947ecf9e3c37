using System.Threading.Channels;
using Bourse.Agent.Host.Processes;
using Bourse.Agent.Host.Sandboxes;
using Bourse.Edge;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Bourse.Agent.Host.Http;

/// <summary>What a task wrote to stdout or stderr, for its principal and for operators.</summary>
internal static class TaskOutput
{
    public static IEndpointRouteBuilder MapTaskOutput(this IEndpointRouteBuilder app)
    {
        app.MapGet("/bourse/v1/tasks/{frameworkId}/{taskId}/{name:regex(^(stdout|stderr)$)}", Handle).RequireAuthorization(Policies.Framework);
        return app;
    }

    private static async Task<IResult> Handle(
        string frameworkId, string taskId, string name, bool? follow, HttpContext context, AgentRuntime agent)
    {
        var caller = context.Caller();
        // Somebody else's task is as unknown as one that never was.
        if (agent.Sandboxes.Find(new(new(frameworkId), new(taskId))) is not { } sandbox
            || (!caller.IsOperator && caller.Principal != sandbox.Principal))
            return Problems.Of(StatusCodes.Status404NotFound, "unknown-task", $"task {taskId} of framework {frameworkId} has no output on this agent");

        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        await Copy(sandbox, name, follow ?? false, agent.Inotify, context.Response.Body, context.RequestAborted);
        return Results.Empty;
    }

    /// <summary>Copies the file; when following, whatever is added to it as well, until the task has ended.</summary>
    internal static async Task Copy(Sandbox sandbox, string name, bool follow, Inotify inotify, Stream to, CancellationToken aborted)
    {
        if (!follow)
        {
            await using var whole = Open(sandbox, name);
            if (whole is not null)
                await whole.CopyToAsync(to, aborted);
            return;
        }

        // At most one wake-up waits: however much was written, one look finds all of it.
        var grown = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        void Wake(string _) => grown.Writer.TryWrite(true);
        _ = sandbox.Ended.ContinueWith(_ => Wake(""), aborted, TaskContinuationOptions.None, TaskScheduler.Default);

        // The file comes into being with the supervisor, a moment after the task is known: so the directory is watched, not the file.
        using var watch = Directory.Exists(sandbox.Path) ? inotify.Watch(sandbox.Path, Native.Modified | Native.Created, Wake) : null;
        FileStream? file = null;
        try
        {
            while (true)
            {
                // Asked before the look: what is written after the end is known is not missed that way.
                var ended = sandbox.Ended.IsCompleted;
                file ??= Open(sandbox, name);
                if (file is not null)
                {
                    // It was cut short.
                    if (file.Length < file.Position)
                        file.Position = 0;
                    await file.CopyToAsync(to, aborted);
                    await to.FlushAsync(aborted);
                }
                if (ended)
                    return;
                await grown.Reader.ReadAsync(aborted);
            }
        }
        finally
        {
            if (file is not null)
                await file.DisposeAsync();
        }
    }

    private static FileStream? Open(Sandbox sandbox, string name) =>
        SandboxFiles.Open(sandbox.Path, name) is { } handle ? new FileStream(handle, FileAccess.Read) : null;
}
