using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Bourse.Edge;

/// <summary>Refusals as <c>application/problem+json</c> (RFC 9457): a stable code, a sentence, and the correlation id to look it up by.</summary>
public static class Problems
{
    /// <summary>A refusal as a result of an endpoint.</summary>
    /// <param name="status">HTTP status.</param>
    /// <param name="code">Stable, in kebab case.</param>
    /// <param name="detail">For people, naming the field or thing.</param>
    public static IResult Of(int status, string code, string detail) => new ProblemResult(status, code, detail);

    /// <summary>Writes a refusal.</summary>
    public static Task Write(HttpContext context, int status, string code, string detail)
    {
        var problem = new ProblemDetails { Status = status, Title = code, Detail = detail };
        problem.Extensions["code"] = code;
        problem.Extensions["correlation"] = context.Correlation();
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(problem, options: null, "application/problem+json", context.RequestAborted);
    }

    private sealed class ProblemResult(int status, string code, string detail) : IResult, IStatusCodeHttpResult
    {
        public int? StatusCode => status;

        public Task ExecuteAsync(HttpContext httpContext) => Write(httpContext, status, code, detail);
    }
}
