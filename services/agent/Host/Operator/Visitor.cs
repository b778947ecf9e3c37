using Bourse.Agent.Host.Sandboxes;
using Bourse.Edge;

namespace Bourse.Agent.Host.Operator;

/// <summary>
/// Who asks: an operator may everything; a framework's principal, and an executor by its token, see what is theirs.
/// </summary>
internal sealed record Visitor(bool IsOperator, string Principal, AgentExecutor? Executor)
{
    /// <summary>Who asks; null when nobody knows.</summary>
    public static async Task<Visitor?> Of(HttpContext context, AgentRuntime agent)
    {
        if (context.User.Identity?.IsAuthenticated == true)
            return new(context.Caller().IsOperator, context.Caller().Principal, null);
        const string bearer = "Bearer ";
        var header = context.Request.Headers.Authorization.ToString();
        if (!header.StartsWith(bearer, StringComparison.OrdinalIgnoreCase))
            return null;
        foreach (var executor in agent.Executors.All)
            if (executor.Phase != ExecutorPhase.Ended && await agent.Tokens.Fits(header[bearer.Length..].Trim(), executor))
                return new(false, executor.Framework.Principal, executor);
        return null;
    }

    public bool MaySee(Sandbox sandbox) => IsOperator || (Executor is null && sandbox.Principal == Principal);
}
