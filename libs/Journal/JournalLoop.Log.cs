using Microsoft.Extensions.Logging;

namespace Bourse.Journal;

/// <summary>What an instance is doing.</summary>
public enum JournalRole
{
    /// <summary>Loading, or waiting for the database.</summary>
    Starting,
    /// <summary>Another instance leads.</summary>
    Standby,
    /// <summary>This instance writes.</summary>
    Leading,
    /// <summary>Shut down.</summary>
    Stopped,
}

public sealed partial class JournalLoop<TState, TCommand>
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The {Service} journal is away, attempt {Attempt}")]
    private static partial void LogAway(ILogger log, Exception? e, string service, int attempt);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The leader of the {Service} journal stopped; it starts again from the log")]
    private static partial void LogRestart(ILogger log, Exception e, string service);

    [LoggerMessage(Level = LogLevel.Information, Message = "Another instance leads the {Service} journal; standing by")]
    private static partial void LogStandby(ILogger log, string service);

    [LoggerMessage(Level = LogLevel.Information, Message = "Leading the {Service} journal in epoch {Epoch} from position {Position}")]
    private static partial void LogLeading(ILogger log, string service, long epoch, long position);

    [LoggerMessage(Level = LogLevel.Error, Message = "A commit to the {Service} journal after position {Position} failed; reloading")]
    private static partial void LogCommit(ILogger log, Exception e, string service, long position);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The snapshot of the {Service} journal at {Position} could not be kept")]
    private static partial void LogSnapshot(ILogger log, Exception e, string service, long position);
}
