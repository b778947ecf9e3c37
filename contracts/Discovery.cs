namespace Bourse.Contracts;

/// <summary>How a task or an executor wants to be found by others. Kept and shown; nothing is done with it here.</summary>
/// <param name="Visibility">How far: <c>FRAMEWORK</c>, <c>CLUSTER</c> or <c>EXTERNAL</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="Environment">Where it belongs: production, staging.</param>
/// <param name="Location">Where it is.</param>
/// <param name="Version">Its version.</param>
/// <param name="Ports">Where it listens.</param>
/// <param name="Labels">Free labels.</param>
public sealed record Discovery(
    string Visibility,
    string? Name = null,
    string? Environment = null,
    string? Location = null,
    string? Version = null,
    ValueList<DiscoveryPort> Ports = default,
    ValueList<Label> Labels = default);

/// <summary>A port at which something is found.</summary>
/// <param name="Number">The port.</param>
/// <param name="Name">What listens there.</param>
/// <param name="Protocol">How it is spoken to.</param>
/// <param name="Visibility">How far, when that differs.</param>
/// <param name="Labels">Free labels.</param>
public sealed record DiscoveryPort(
    long Number, string? Name = null, string? Protocol = null, string? Visibility = null, ValueList<Label> Labels = default);
