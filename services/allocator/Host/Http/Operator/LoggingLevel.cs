namespace Bourse.Allocator.Host.Http.Operator;

/// <summary>How much is logged, changed while running and back by itself. 0 is normal, 1 tells details, 2 and above everything.</summary>
internal sealed class LoggingLevel(LoggingLevelSource source, TimeProvider clock) : IDisposable
{
    // Timers take no longer time; who needs more details for a month asks again.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    private readonly Lock gate = new();
    private ITimer? back;

    public uint Level { get; private set; }

    /// <summary>Sets the level for a while; a later call replaces an earlier one.</summary>
    public void Set(uint level, TimeSpan duration)
    {
        lock (gate)
        {
            back?.Dispose();
            Apply(level);
            back = clock.CreateTimer(_ => Revert(), null, duration < Longest ? duration : Longest, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        lock (gate)
            back?.Dispose();
    }

    private void Revert()
    {
        lock (gate)
            Apply(0);
    }

    private void Apply(uint level)
    {
        Level = level;
        source.Provider.Say(level switch { 0 => null, 1 => LogLevel.Debug, _ => LogLevel.Trace });
    }
}

/// <summary>Carries the level to the loggers by the way they are configured.</summary>
internal sealed class LoggingLevelSource : IConfigurationSource
{
    public Values Provider { get; } = new();

    /// <summary>Puts the source on top of the others.</summary>
    public static LoggingLevelSource Attach(IConfiguration configuration)
    {
        var source = new LoggingLevelSource();
        ((IConfigurationBuilder)configuration).Add(source);
        return source;
    }

    public IConfigurationProvider Build(IConfigurationBuilder builder) => Provider;

    internal sealed class Values : ConfigurationProvider
    {
        // Our own categories alone: those of the libraries say at this level what is in a request.
        private const string Key = "Logging:LogLevel:Bourse";

        public void Say(LogLevel? level)
        {
            Data = level is { } said
                ? new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase) { [Key] = said.ToString() }
                : new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
            OnReload();
        }
    }
}
