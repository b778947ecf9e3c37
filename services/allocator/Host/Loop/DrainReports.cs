using Bourse.Allocator.Host.Registry;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Journal;

namespace Bourse.Allocator.Host.Loop;

/// <summary>
/// Tells the registry of agents that are empty. Once per leader and drain: the registry takes a repeat for what it is, and one that
/// could not be told is told at the next look.
/// </summary>
internal sealed class DrainReports(
    IInbox<AllocatorState, AllocatorCommand> inbox, IRegistry registry, TimeProvider clock, ILogger<DrainReports> log) : BackgroundService
{
    private static readonly Origin Own = new(Services.Allocator, Services.Allocator);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly HashSet<(AgentId, DateTimeOffset)> told = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await inbox.WhenLeading(stoppingToken);
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await Look(stoppingToken);
            }
            catch (Exception e) when (e is TimeoutException or JournalUnavailableException)
            {
                log.LogInformation("The registry was not told of drained agents: {Reason}", e.Message);
            }
        }
    }

    private async Task Look(CancellationToken ct)
    {
        var drained = await inbox.Read(state => state.Agents.Values
            .Where(agent => agent is { Standing.Drain.Drained: true, Removed: false })
            .Select(agent => (agent.Description.Id, agent.Standing.Drain!.Since)).ToList(), ct);
        foreach (var drain in drained.Where(drain => !told.Contains(drain)))
        {
            if (await registry.Ask(new AgentIsEmpty(drain.Id), Own, ct) is { } refusal)
                log.LogWarning("The registry refuses that agent {Agent} is drained: {Reason}", drain.Id, refusal.Message);
            told.Add(drain);
        }
        told.IntersectWith(drained);
    }
}
