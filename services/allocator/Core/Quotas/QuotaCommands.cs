using Bourse.Contracts;

namespace Bourse.Allocator;

/// <summary>UPDATE_QUOTA: each quota replaces what its role had, all of them or none.</summary>
public sealed record UpdateQuota(ValueList<RoleQuota> Quotas, bool Force, string Principal, DateTimeOffset Now) : AllocatorCommand(Now);

/// <summary>SET_QUOTA, the older form: for a role that has none, with a limit of what is guaranteed.</summary>
public sealed record SetQuota(RoleQuota Quota, bool Force, string Principal, DateTimeOffset Now) : AllocatorCommand(Now);

/// <summary>REMOVE_QUOTA, the older form: of a role that has one.</summary>
public sealed record RemoveQuota(string Role, string Principal, DateTimeOffset Now) : AllocatorCommand(Now);

/// <summary>UPDATE_WEIGHTS.</summary>
public sealed record UpdateWeights(ValueList<RoleWeight> Weights, string Principal, DateTimeOffset Now) : AllocatorCommand(Now);
