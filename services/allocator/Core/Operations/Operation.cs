using Bourse.Contracts;

namespace Bourse.Allocator;

/// <summary>One step of an ACCEPT.</summary>
public abstract record Operation;

/// <summary>LAUNCH and LAUNCH_GROUP: tasks that are judged one by one, those of a group together.</summary>
public sealed record LaunchTasks(ValueList<Launch> Tasks) : Operation;

/// <summary>An operation that makes resources into others.</summary>
/// <param name="Type">What it does.</param>
/// <param name="Resources">The resources it names: what is to be there, or what is to go.</param>
/// <param name="Uuid">Names it for ever; made at the edge.</param>
/// <param name="StatusUuid">Names the update of its end; made at the edge.</param>
/// <param name="Id">The framework's name for it; it then wants to hear of the outcome.</param>
/// <param name="Other">RESERVE: what it is made of, when that is not simply one reservation less. GROW_VOLUME: the addition.</param>
/// <param name="Subtract">SHRINK_VOLUME: how much goes.</param>
/// <param name="Invalid">What makes it unacceptable on its own.</param>
public sealed record Conversion(
    OperationType Type,
    Resources Resources,
    string Uuid,
    string StatusUuid,
    string? Id = null,
    Resources? Other = null,
    Scalar Subtract = default,
    string? Invalid = null) : Operation
{
    /// <summary>CREATE_DISK: the kind of disk that is wanted, under its wire name.</summary>
    public string? TargetType { get; init; }

    /// <summary>CREATE_DISK: the storage profile that is wanted, when the source has none.</summary>
    public string? TargetProfile { get; init; }
}

/// <summary>Who wants a conversion, and what they may.</summary>
/// <param name="Principal">Who; null when nobody is known.</param>
/// <param name="Framework">The framework; null for an operator.</param>
/// <param name="Role">The role of its offers.</param>
internal sealed record Asker(string? Principal, Framework? Framework = null, string? Role = null);

/// <summary>What a conversion takes and makes.</summary>
internal sealed record Converted(Resources Consumed, Resources Produced);
