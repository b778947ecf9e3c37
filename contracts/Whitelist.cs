namespace Bourse.Contracts;

/// <summary>Only agents on these hosts are offered from now on; what runs elsewhere runs on. Only writer: the allocator.</summary>
/// <param name="Hostnames">The hosts, sorted; null for all.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record WhitelistChanged(ValueList<string>? Hostnames, DateTimeOffset At) : IFact
{
    IEnumerable<Subject> IFact.Subjects => [new("allocation", "whitelist")];
}
