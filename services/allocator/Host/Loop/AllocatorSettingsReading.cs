using System.Globalization;
using Bourse.Contracts;

namespace Bourse.Allocator.Host.Loop;

/// <summary>Settings below <c>Bourse:Allocator</c>, and where this instance stands.</summary>
internal static class AllocatorSettingsReading
{
    /// <exception cref="InvalidOperationException">A setting cannot be read; the message names it.</exception>
    public static AllocatorSettings Read(IConfiguration configuration)
    {
        var section = configuration.GetSection("Bourse:Allocator");
        var usual = new AllocatorSettings();
        return new()
        {
            OfferTimeout = section["OfferTimeout"] is { Length: > 0 } timeout ? Duration("OfferTimeout", timeout) : null,
            MinAllocatable = section["MinAllocatable"] is { } least ? Alternatives(least) : usual.MinAllocatable,
            RootSubmissions = section.GetValue("RootSubmissions", usual.RootSubmissions),
            FilterGpuResources = section.GetValue("FilterGpuResources", usual.FilterGpuResources),
            FairSharingExcluded = (section["FairSharingExcluded"] ?? "").Split(',', Trimmed).ToValueList(),
            RandomRoles = IsRandom(section, "RoleSorter"),
            RandomFrameworks = IsRandom(section, "FrameworkSorter"),
            AgentRecoveryFactor = Part(section["AgentRecoveryFactor"]) ?? usual.AgentRecoveryFactor,
            RecoveryTimeout = section["RecoveryTimeout"] is { Length: > 0 } wait ? Duration("RecoveryTimeout", wait) : usual.RecoveryTimeout,
            Domain = configuration["Bourse:Domain"] is { Length: > 0 } domain ? Place(domain) : null,
        };
    }

    private const StringSplitOptions Trimmed = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;

    private static TimeSpan Duration(string name, string text) =>
        TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time) && time > TimeSpan.Zero
            ? time
            : throw new InvalidOperationException($"Bourse__Allocator__{name}: '{text}' is no positive duration such as 00:01:00");

    private static bool IsRandom(IConfigurationSection section, string name) => section[name] switch
    {
        null or "" or "drf" => false,
        "random" => true,
        var other => throw new InvalidOperationException($"Bourse__Allocator__{name}: '{other}' is neither drf nor random"),
    };

    private static double? Part(string? text) =>
        text is not { Length: > 0 } ? null
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var part) && part is >= 0 and <= 1 ? part
        : throw new InvalidOperationException($"Bourse__Allocator__AgentRecoveryFactor: '{text}' is not between 0 and 1");

    private static ValueList<ValueList<Quantity>> Alternatives(string text) =>
        text.Split('|', Trimmed).Select(all => all.Split(';', Trimmed).Select(Amount).ToValueList()).ToValueList();

    private static Quantity Amount(string text) =>
        text.Split(':', 2, Trimmed) is [var name, var number] && double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var amount)
            && QuotaRules.Problem(name, amount) is null
            ? new(name, Scalar.From(amount))
            : throw new InvalidOperationException($"Bourse__Allocator__MinAllocatable: '{text}' is no amount; write cpus:0.01|mem:32");

    private static FaultDomain Place(string text) => text.Split('/', StringSplitOptions.TrimEntries) is [{ Length: > 0 } region, { Length: > 0 } zone]
        ? new(region, zone)
        : throw new InvalidOperationException($"Bourse__Domain: '{text}' is not REGION/ZONE");
}
