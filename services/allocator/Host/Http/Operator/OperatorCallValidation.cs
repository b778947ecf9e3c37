using Bourse.Allocator.Host.Http.Mapping;
using Bourse.MesosV1.Master;

namespace Bourse.Allocator.Host.Http.Operator;

/// <summary>What a call must have to be one, whatever the state of the cluster.</summary>
internal static class OperatorCallValidation
{
    // What a DurationInfo, in which it is shown again, can hold; 292 years.
    private const long LongestSeconds = long.MaxValue / 1_000_000_000 - 1;

    /// <summary>What is wrong with the call, or null.</summary>
    public static string? Problem(Call call)
    {
        // The reader drops names it does not know, so an unknown type looks like none.
        if (!call.HasType)
            return "Expecting 'type' to be present and to be the name of a call";
        // A member is named after its call; calls that need nothing have none.
        var member = EnumNames.Of(call.Type).ToLowerInvariant();
        if (Call.Descriptor.FindFieldByName(member) is { } field && !field.Accessor.HasValue(call))
            return $"Expecting '{member}' to be present";
        return call switch
        {
            { Type: Call.Types.Type.SetLoggingLevel, SetLoggingLevel.Duration.Nanoseconds: < 0 } => "Expecting 'set_logging_level.duration' not to be negative",
            { Type: Call.Types.Type.DrainAgent, DrainAgent.MaxGracePeriod: { Seconds: < 0 or > LongestSeconds } or { Nanos: < 0 or > 999_999_999 } } =>
                $"Expecting 'drain_agent.max_grace_period' to have 0 to {LongestSeconds} seconds and 0 to 999999999 nanos",
            _ => null,
        };
    }
}
