using System.Runtime.InteropServices;
using System.Text;
using Bourse.Agent.Host.Processes;

namespace Bourse.Agent.Host.Nested;

/// <summary>A pseudo terminal: one end is a program's terminal, the other is read and written here.</summary>
internal sealed class Terminal : IDisposable
{
    private readonly int handle;

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
    public void Resize(uint rows, uint columns) => _ = Native.Control(handle, Native.SetWindowSize, [(ushort)rows, (ushort)columns, 0, 0]);

    /// <summary>Waits for what the program writes; 0 once nobody has the other end open.</summary>
    public int Read(Span<byte> buffer) => (int)Math.Max(0, Native.Read(handle, buffer, (nuint)buffer.Length));

    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && Native.Write(handle, bytes, (nuint)bytes.Length) is var written and > 0)
            bytes = bytes[(int)written..];
    }

    public void Dispose() => _ = Native.Close(handle);
}
