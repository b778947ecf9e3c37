using Bourse.Contracts;
using Bourse.Journal;

namespace Bourse.Allocator.Host.Loop;

/// <summary>
/// Reads the file of hosts that may be offered, one a line, every five seconds like Mesos. Without a file all hosts are. One that cannot be
/// read leaves the list as it is: a cluster without offers would be the worse mistake.
/// </summary>
internal sealed class WhitelistFile(
    IInbox<AllocatorState, AllocatorCommand> inbox, IConfiguration configuration, TimeProvider clock, ILogger<WhitelistFile> log) : BackgroundService
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private static readonly Origin Own = new(Services.Allocator, Services.Allocator);

    private readonly string? path = configuration["Bourse:Allocator:Whitelist"] is { Length: > 0 } given ? given : null;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        await inbox.WhenLeading(stoppingToken);
        do
            await Look(stoppingToken);
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task Look(CancellationToken ct)
    {
        try
        {
            var hosts = path is null ? (ValueList<string>?)null
                : (await File.ReadAllLinesAsync(path, ct)).Select(line => line.Trim()).Where(line => line.Length > 0).ToValueList();
            await inbox.Send(new SetWhitelist(hosts, clock.GetUtcNow()), Own, ct);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.LogWarning("The whitelist {Path} stays as it is, because its file cannot be read: {Reason}", path, e.Message);
        }
        catch (JournalUnavailableException e)
        {
            log.LogInformation("The whitelist is looked at again later: {Reason}", e.Message);
        }
    }
}
