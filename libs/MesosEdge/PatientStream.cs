namespace Bourse.MesosEdge;

/// <summary>The reader has taken nothing for too long.</summary>
public sealed class StalledException(TimeSpan patience) : IOException($"nothing was read for {patience.TotalSeconds:0} s");

/// <summary>
/// A response's body that waits for its reader only so long. Without it a reader that stands still, or a machine that has vanished, would
/// hold its stream until the queue before it is full, which on a quiet cluster is hours.
/// </summary>
public sealed class PatientStream(Stream body, TimeProvider clock) : Stream
{
    /// <summary>How long a single write may take, once the buffers of both sides are full.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var writing = body.WriteAsync(buffer, cancellationToken);
        return writing.IsCompletedSuccessfully ? writing : new(Wait(writing.AsTask(), cancellationToken));
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
        // Every write is flushed as it is made.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private async Task Wait(Task writing, CancellationToken ct)
    {
        try
        {
            await writing.WaitAsync(Patience, clock, ct);
        }
        catch (TimeoutException)
        {
            throw new StalledException(Patience);
        }
    }
}
