using System.Globalization;
using System.Threading.RateLimiting;
using Bourse.Edge;
using Bourse.MesosEdge;
using Microsoft.AspNetCore.RateLimiting;

namespace Bourse.Allocator.Host.Http.Scheduler;

/// <summary>
/// How many calls per second the frameworks of a principal may make, <c>Bourse__Allocator__RateLimits</c>: <c>web=10:500;*=100</c> lets
/// those of <c>web</c> make 10 a second, holds up to 500 more back and refuses the rest; <c>*</c> stands for each principal that is not
/// named. Without a capacity all are held back, as in Mesos. Who is not named, where <c>*</c> is not, is not limited.
/// </summary>
internal static class RateLimits
{
    public const string Policy = "frameworks";

    private const string Others = "*";
    private const StringSplitOptions Trimmed = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);

    /// <exception cref="InvalidOperationException">The setting cannot be read.</exception>
    public static IServiceCollection AddRateLimits(this IServiceCollection services, IConfiguration configuration)
    {
        var limits = (configuration["Bourse:Allocator:RateLimits"] ?? "").Split(';', Trimmed).Select(Read).ToDictionary(StringComparer.Ordinal);
        return services.AddRateLimiter(options =>
        {
            options.AddPolicy(Policy, context =>
            {
                var principal = context.Caller().Principal;
                return limits.TryGetValue(principal, out var limit) || limits.TryGetValue(Others, out limit)
                    ? RateLimitPartition.GetTokenBucketLimiter(principal, _ => limit!)
                    : RateLimitPartition.GetNoLimiter(principal);
            });
            options.OnRejected = async (rejected, _) => await new MesosAnswer(
                StatusCodes.Status429TooManyRequests, $"Principal '{rejected.HttpContext.Caller().Principal}' makes more calls than its rate limit allows")
                .Write(rejected.HttpContext.Response);
        });
    }

    private static KeyValuePair<string, TokenBucketRateLimiterOptions> Read(string text)
    {
        var capacity = int.MaxValue;
        if (text.Split('=', Trimmed) is not [var principal, var limit]
            || limit.Split(':', Trimmed) is not [var calls, .. var rest] || rest.Length > 1
            || !double.TryParse(calls, NumberStyles.Float, CultureInfo.InvariantCulture, out var rate) || rate is not (> 0 and <= 1_000_000)
            || (rest is [var held] && !int.TryParse(held, NumberStyles.None, CultureInfo.InvariantCulture, out capacity)))
            throw new InvalidOperationException(
                $"Bourse__Allocator__RateLimits: '{text}' is not PRINCIPAL=CALLS_PER_SECOND or PRINCIPAL=CALLS_PER_SECOND:CAPACITY");
        var period = rate > 1 / Shortest.TotalSeconds ? Shortest : TimeSpan.FromSeconds(1 / rate);
        return new(principal, new()
        {
            TokenLimit = Math.Max(1, (int)Math.Ceiling(rate)),
            ReplenishmentPeriod = period,
            TokensPerPeriod = Math.Max(1, (int)Math.Round(rate * period.TotalSeconds)),
            QueueLimit = capacity,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        });
    }
}
