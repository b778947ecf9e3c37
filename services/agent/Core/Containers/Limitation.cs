namespace Bourse.Agent;

/// <summary>A task was ended for going beyond what it holds.</summary>
/// <param name="Reason">A Mesos v1 <c>REASON_CONTAINER_LIMITATION_…</c> name.</param>
/// <param name="Message">For people, with limit and usage.</param>
public sealed record Limitation(string Reason, string Message);
