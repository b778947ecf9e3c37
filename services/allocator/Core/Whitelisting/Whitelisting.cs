using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Allocator;

/// <summary>The hosts that may be offered, as they are configured now; null for all.</summary>
public sealed record SetWhitelist(ValueList<string>? Hostnames, DateTimeOffset Now) : AllocatorCommand(Now);

/// <summary>A list of hosts outside of which nothing is offered. Offers that are out stay, as in Mesos.</summary>
public static class Whitelisting
{
    /// <summary>The list as it is already changes nothing.</summary>
    public static Decision Decide(AllocatorState state, SetWhitelist c)
    {
        var hosts = c.Hostnames is { } given ? given.Distinct().Order(StringComparer.Ordinal).ToValueList() : (ValueList<string>?)null;
        return hosts == state.Whitelist ? Decision.Nothing : [new WhitelistChanged(hosts, c.Now)];
    }
}
