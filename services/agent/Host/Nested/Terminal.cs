using System.Runtime.InteropServices;
using System.Text;
using Bourse.Agent.Host.Processes;

namespace Bourse.Agent.Host.Nested;

/// <summary>A pseudo terminal: one end is a program's terminal, the other is read and written here.</summary>
internal sealed class Terminal : IDisposable
{
    // To read and write; not as the terminal of whoever opens it.
    private const int ReadWriteNoControl = 0x2 | 0x100;

    private readonly Lock gate = new();
    private readonly int handle;
    private bool closed;

    public Terminal()
    {
        handle = Native.OpenPseudoTerminal(Native.OpenTerminal);
        Span<byte> name = stackalloc byte[128];
        if (handle < 0 || Native.GrantPseudoTerminal(handle) != 0 || Native.UnlockPseudoTerminal(handle) != 0
            || Native.NameOfPseudoTerminal(handle, name, (nuint)name.Length) != 0)
            throw new CannotStartException($"No terminal could be opened: {Marshal.GetLastPInvokeErrorMessage()}");
        Path = Encoding.ASCII.GetString(name[..name.IndexOf((byte)0)]);
    }

    /// <summary>The program's end.</summary>
    public string Path { get; }

    /// <summary>Tells the program how large its window is.</summary>
    public void Resize(uint rows, uint columns)
    {
        lock (gate)
            if (!closed)
                _ = Native.Control(handle, Native.SetWindowSize, [(ushort)rows, (ushort)columns, 0, 0]);
    }

    /// <summary>Waits for what the program writes; 0 once nobody has the other end open.</summary>
    public int Read(Span<byte> buffer) => (int)Math.Max(0, Native.Read(handle, buffer, (nuint)buffer.Length));

    /// <summary>
    /// Ends the reading once what was written is read: the program is over. One that was killed before it had opened its end would be
    /// waited for without end; so its end is opened, and closed, for it.
    /// </summary>
    public void HangUp()
    {
        if (Native.Open(Native.HereIfRelative, Path, ReadWriteNoControl) is var other and >= 0)
            _ = Native.Close(other);
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        // The number of a handle that was closed may be another's.
        if (closed)
            return;
        while (!bytes.IsEmpty && Native.Write(handle, bytes, (nuint)bytes.Length) is var written and > 0)
            bytes = bytes[(int)written..];
    }

    public void Dispose()
    {
        lock (gate)
        {
            if (closed)
                return;
            closed = true;
            _ = Native.Close(handle);
        }
    }}
