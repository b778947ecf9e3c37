using Bourse.Agent.Host.Sandboxes;

namespace Bourse.Agent.Host.Operator;

/// <summary>Paths as the files API knows them: the real path of a sandbox, or the virtual one of Mesos.</summary>
internal static class SandboxPaths
{
    /// <summary>The sandbox a path leads into, and where in it; null when it leads into none that the visitor may see.</summary>
    public static (string Root, string Inside)? Find(AgentRuntime agent, Visitor visitor, string path)
    {
        path = path.TrimEnd('/');
        // /frameworks/F/executors/E/runs/latest, for the executor of a command as well.
        if (path.Split('/') is ["", "frameworks", var framework, "executors", var executor, "runs", _, .. var rest]
            && agent.Sandboxes.Find(new(new(framework), new(executor))) is { } named)
            return visitor.MaySee(named) ? (named.Path, string.Join('/', rest)) : null;
        // The innermost: a group's tasks lie in the sandbox of their executor.
        var found = agent.Sandboxes.All.Where(sandbox => path == sandbox.Path || path.StartsWith(sandbox.Path + "/", StringComparison.Ordinal))
            .OrderByDescending(sandbox => sandbox.Path.Length).FirstOrDefault();
        return found is not null && visitor.MaySee(found) ? (found.Path, path[found.Path.Length..].TrimStart('/')) : null;
    }
}
