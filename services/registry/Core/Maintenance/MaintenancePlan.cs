using System.Diagnostics;
using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Registry;

/// <summary>UPDATE_MAINTENANCE_SCHEDULE.</summary>
public sealed record Schedule(ValueList<MaintenanceWindow> Windows, DateTimeOffset Now) : RegistryCommand(Now);

/// <summary>START_MAINTENANCE.</summary>
public sealed record TakeDown(ValueList<MachineId> Machines, DateTimeOffset Now) : RegistryCommand(Now);

/// <summary>STOP_MAINTENANCE.</summary>
public sealed record BringUp(ValueList<MachineId> Machines, DateTimeOffset Now) : RegistryCommand(Now);

/// <summary>Which machines will be away, and which are. Only operators change it; time alone never does.</summary>
/// <param name="Windows">The schedule.</param>
/// <param name="Down">Machines that are down; still in the schedule.</param>
public sealed record MaintenancePlan(ValueList<MaintenanceWindow> Windows = default, ValueList<MachineId> Down = default)
{
    /// <summary>The window of an agent's machine.</summary>
    public MaintenanceWindow? WindowOf(AgentDescription agent) => Windows.FirstOrDefault(window => window.Machines.Any(machine => machine.IsOf(agent)));

    /// <summary>Whether an agent's machine is down.</summary>
    public bool IsDown(AgentDescription agent) => Down.Any(machine => machine.IsOf(agent));

    /// <summary>What follows from an operator's wish.</summary>
    public static Decision Decide(RegistryState state, RegistryCommand command)
    {
        var plan = state.Maintenance;
        switch (command)
        {
            case Schedule c:
                return Problem(plan, c.Windows) is { } broken ? new Refusal(RefusalCode.Malformed, broken)
                    : c.Windows == plan.Windows ? [] : [new MaintenanceScheduled(c.Windows, c.Now)];
            case TakeDown c:
                if (Problem(c.Machines) is { } unusable)
                    return new Refusal(RefusalCode.Malformed, unusable);
                if (c.Machines.FirstOrDefault(machine => !plan.Scheduled(machine)) is { } stray)
                    return new Refusal(RefusalCode.Malformed, $"Machine '{stray}' is not part of a maintenance schedule");
                if (c.Machines.FirstOrDefault(plan.Down.Contains) is { } already)
                    return new Refusal(RefusalCode.Malformed, $"Machine '{already}' is not in DRAINING mode and cannot be brought down");
                return Decision.Of([
                    new MaintenanceStarted(c.Machines, c.Now),
                    .. state.Agents.Where(pair => !pair.Value.Standing.Gone && c.Machines.Any(machine => machine.IsOf(pair.Value.Description)))
                        .Select(pair => new AgentTakenDown(pair.Key, pair.Value.Incarnation, c.Now))]);
            case BringUp c:
                if (Problem(c.Machines) is { } wrong)
                    return new Refusal(RefusalCode.Malformed, wrong);
                return c.Machines.FirstOrDefault(machine => !plan.Down.Contains(machine)) is { } up
                    ? new Refusal(RefusalCode.Malformed, $"Machine '{up}' is not in DOWN mode and cannot be brought up")
                    : [new MaintenanceStopped(c.Machines, c.Now)];
            default:
                throw new UnreachableException($"no decision for {command}");
        }
    }

    /// <summary>The plan after a fact.</summary>
    public MaintenancePlan Evolve(IMaintenanceFact fact) => fact switch
    {
        MaintenanceScheduled f => this with { Windows = f.Windows },
        MaintenanceStarted f => this with { Down = [.. Down, .. f.Machines] },
        MaintenanceStopped f => new(
            Windows.Select(window => window with { Machines = window.Machines.Where(machine => !f.Machines.Contains(machine)).ToValueList() })
                .Where(window => window.Machines.Count > 0).ToValueList(),
            Down.Where(machine => !f.Machines.Contains(machine)).ToValueList()),
        _ => throw new UnreachableException($"no evolution for {fact}"),
    };

    private bool Scheduled(MachineId machine) => Windows.Any(window => window.Machines.Contains(machine));

    private static string? Problem(MaintenancePlan plan, ValueList<MaintenanceWindow> windows)
    {
        if (windows.FirstOrDefault(window => window.Machines.Count == 0) is not null)
            return "A window of the schedule names no machines";
        if (windows.FirstOrDefault(window => window.Duration < TimeSpan.Zero) is not null)
            return "Unavailability 'duration' is negative";
        var all = windows.SelectMany(window => window.Machines).ToList();
        return Problem(all.ToValueList())
            ?? (plan.Down.FirstOrDefault(machine => !all.Contains(machine)) is { } down
                ? $"Machine '{down}' is deactivated and cannot be removed from the schedule"
                : null);
    }

    private static string? Problem(ValueList<MachineId> machines) =>
        machines.FirstOrDefault(machine => string.IsNullOrEmpty(machine.Hostname) && string.IsNullOrEmpty(machine.Ip)) is not null
            ? "A machine must have a 'hostname' or an 'ip'"
        : machines.GroupBy(machine => machine).FirstOrDefault(same => same.Count() > 1) is { } twice ? $"Machine '{twice.Key}' appears more than once"
        : machines.Count == 0 ? null
        : machines.FirstOrDefault(machine => machine.Ip is { Length: > 0 } ip && !System.Net.IPAddress.TryParse(ip, out _)) is { } bad ? $"'{bad.Ip}' is not an IP address"
        : null;
}
