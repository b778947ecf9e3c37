using Bourse.Allocator.Host.Http.Mapping;
using Bourse.Allocator.Host.Registry;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.MesosV1.Maintenance;
using V1 = Bourse.MesosV1;

namespace Bourse.Allocator.Host.Http.Operator;

/// <summary>The maintenance of machines: decided by the registry, shown as this service knows it.</summary>
internal static class MaintenanceCalls
{
    public static Task<MesosAnswer> Update(Schedule schedule, IRegistry registry, Origin origin, CancellationToken ct) =>
        schedule.Windows.Any(window => window.Unavailability.Duration is { Nanoseconds: < 0 })
            ? Task.FromResult(MesosAnswer.Bad("Unavailability 'duration' is negative"))
            : Ask(new ScheduleMaintenance(schedule.Windows.Select(window => new MaintenanceWindow(
                window.MachineIds.Select(Machine).ToValueList(), Instant(window.Unavailability.Start),
                window.Unavailability.Duration is { } duration ? TimeSpan.FromTicks(duration.Nanoseconds / TimeSpan.NanosecondsPerTick) : null)).ToValueList()), registry, origin, ct);

    public static Task<MesosAnswer> Start(IEnumerable<V1.MachineID> machines, IRegistry registry, Origin origin, CancellationToken ct) =>
        Ask(new StartMaintenance(machines.Select(Machine).ToValueList()), registry, origin, ct);

    public static Task<MesosAnswer> Stop(IEnumerable<V1.MachineID> machines, IRegistry registry, Origin origin, CancellationToken ct) =>
        Ask(new StopMaintenance(machines.Select(Machine).ToValueList()), registry, origin, ct);

    /// <summary>The schedule. Call it on the loop, within a read.</summary>
    public static Schedule Schedule(AllocatorState state) => new()
    {
        Windows =
        {
            state.Maintenance.Windows.Select(window => new Window
            {
                MachineIds = { window.Machines.Select(Machine) },
                Unavailability = Unavailability(window.Start, window.Duration),
            }),
        },
    };

    /// <summary>Machines that drain, with what frameworks said, and those that are down. Call it on the loop, within a read.</summary>
    public static ClusterStatus Status(AllocatorState state) => new()
    {
        DrainingMachines =
        {
            state.Maintenance.Windows.SelectMany(window => window.Machines).Where(machine => !state.Maintenance.Down.Contains(machine))
                .Select(machine => new ClusterStatus.Types.DrainingMachine { Id = Machine(machine), Statuses = { Statuses(state, machine) } }),
        },
        DownMachines = { state.Maintenance.Down.Select(Machine) },
    };

    /// <summary>When something is away.</summary>
    public static V1.Unavailability Unavailability(DateTimeOffset start, TimeSpan? duration) => new()
    {
        Start = TaskStatusMapping.Time(start),
        Duration = duration is { } time ? new() { Nanoseconds = time.Ticks * TimeSpan.NanosecondsPerTick } : null,
    };

    private static IEnumerable<V1.Allocator.InverseOfferStatus> Statuses(AllocatorState state, MachineId machine) =>
        state.Maintenance.Answers
            .Where(answer => state.Agents.TryGetValue(answer.AgentId, out var agent) && machine.IsOf(agent.Description))
            .Select(answer => new V1.Allocator.InverseOfferStatus
            {
                Status = answer.Accepted ? V1.Allocator.InverseOfferStatus.Types.Status.Accept : V1.Allocator.InverseOfferStatus.Types.Status.Decline,
                FrameworkId = new() { Value = answer.FrameworkId.Value },
                Timestamp = TaskStatusMapping.Time(answer.At),
            });

    private static async Task<MesosAnswer> Ask(object request, IRegistry registry, Origin origin, CancellationToken ct) =>
        await registry.Ask(request, origin, ct) is { } refusal ? MesosAnswer.Bad(refusal.Message) : new(StatusCodes.Status200OK);

    private static MachineId Machine(V1.MachineID machine) => new(
        machine.HasHostname && machine.Hostname.Length > 0 ? machine.Hostname.ToLowerInvariant() : null, machine.HasIp && machine.Ip.Length > 0 ? machine.Ip : null);

    private static V1.MachineID Machine(MachineId machine)
    {
        var written = new V1.MachineID();
        if (machine.Hostname is { } hostname)
            written.Hostname = hostname;
        if (machine.Ip is { } ip)
            written.Ip = ip;
        return written;
    }

    // Beyond what a clock can show is for ever away.
    private static DateTimeOffset Instant(V1.TimeInfo time)
    {
        var ticks = time.Nanoseconds / TimeSpan.NanosecondsPerTick;
        var most = (DateTimeOffset.MaxValue - DateTimeOffset.UnixEpoch).Ticks;
        var least = (DateTimeOffset.MinValue - DateTimeOffset.UnixEpoch).Ticks;
        return DateTimeOffset.UnixEpoch.AddTicks(Math.Clamp(ticks, least, most));
    }
}
