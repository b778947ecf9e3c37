using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Bourse.MesosEdge;

/// <summary>How much is logged, changed while running and back by itself. 0 is normal, 1 tells details, 2 and above everything.</summary>
public sealed class LoggingLevel(LoggingLevelSource source, TimeProvider clock) : IDisposable
{
    // Timers take no longer time; who needs more details for a month asks again.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    private readonly Lock gate = new();
    private ITimer? back;

    /// <summary>The level now.</summary>
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

    /// <inheritdoc/>
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

/// <summary>Registers it.</summary>
public static class LoggingLevelServices
{
    /// <summary>Adds a <see cref="LoggingLevel"/> that reaches the loggers of this host.</summary>
    public static IServiceCollection AddLoggingLevel(this IServiceCollection services) => services
        .AddSingleton(provider => LoggingLevelSource.Attach(provider.GetRequiredService<IConfiguration>()))
        .AddSingleton<LoggingLevel>();
}

/// <summary>Carries the level to the loggers by the way they are configured.</summary>
public sealed class LoggingLevelSource : IConfigurationSource
{
    /// <summary>What it says.</summary>
    public Values Provider { get; } = new();

    /// <summary>Puts the source on top of the others.</summary>
    public static LoggingLevelSource Attach(IConfiguration configuration)
    {
        var source = new LoggingLevelSource();
        ((IConfigurationBuilder)configuration).Add(source);
        return source;
    }

    /// <inheritdoc/>
    public IConfigurationProvider Build(IConfigurationBuilder builder) => Provider;

    /// <summary>What is said over the other sources.</summary>
    public sealed class Values : ConfigurationProvider
    {
        // Our own categories alone: those of the libraries say at this level what is in a request.
        private const string Key = "Logging:LogLevel:Bourse";

        /// <summary>Sets the level of our own categories; null leaves it to the other sources.</summary>
        public void Say(LogLevel? level)
        {
            Data = level is { } said
                ? new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase) { [Key] = said.ToString() }
                : new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
            OnReload();
        }
    }
}
