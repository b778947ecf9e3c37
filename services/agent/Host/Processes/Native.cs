using System.Runtime.InteropServices;

namespace Bourse.Agent.Host.Processes;

/// <summary>System calls that .NET has no word for.</summary>
internal static partial class Native
{
    public const int SigKill = 9;
    public const int SigTerm = 15;

    public const int InotifyCloseOnExec = 0x80000;
    public const uint Modified = 0x2;
    public const uint ClosedAfterWriting = 0x8;
    public const uint Created = 0x100;
    public const uint DeletedItself = 0x400;
    public const uint Overflowed = 0x4000;
    public const uint Ignored = 0x8000;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ChangeOwner(string path, uint user, uint group);

    public const int HereIfRelative = -100;
    public const int OpenOnlyDirectory = 0x10000 | NoLinks;
    public const int OpenOnlyFile = 0x800 | NoLinks;   // not waiting for the other end, should it be a pipe
    private const int NoLinks = 0x20000 | 0x80000;     // and closed on exec

    /// <summary>
    /// Opens for reading, and never follows a link in the last part of the path: what lies in a sandbox belongs to its task, which may
    /// be anybody.
    /// </summary>
    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(int directory, string path, int flags);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unlink(int directory, string name, int flags);

    public const int MayWrite = 2;

    [LibraryImport("libc", EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Access(string path, int mode);

    /// <summary>A control group is a directory with files that nobody can delete, and yet an empty one for this.</summary>
    [LibraryImport("libc", EntryPoint = "rmdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int RemoveDirectory(string path);

    [LibraryImport("libc", EntryPoint = "inotify_init1", SetLastError = true)]
    public static partial int InotifyOpen(int flags);

    [LibraryImport("libc", EntryPoint = "inotify_add_watch", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int InotifyAdd(int handle, string path, uint mask);

    [LibraryImport("libc", EntryPoint = "inotify_rm_watch", SetLastError = true)]
    public static partial int InotifyRemove(int handle, int watch);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int handle, Span<byte> buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int handle, ReadOnlySpan<byte> buffer, nuint count);

    public const int OpenTerminal = 0x2 | 0x100 | 0x80000;   // both ways, not this process's own, closed on exec
    public const nuint SetWindowSize = 0x5414;

    [LibraryImport("libc", EntryPoint = "posix_openpt", SetLastError = true)]
    public static partial int OpenPseudoTerminal(int flags);

    [LibraryImport("libc", EntryPoint = "grantpt", SetLastError = true)]
    public static partial int GrantPseudoTerminal(int handle);

    [LibraryImport("libc", EntryPoint = "unlockpt", SetLastError = true)]
    public static partial int UnlockPseudoTerminal(int handle);

    [LibraryImport("libc", EntryPoint = "ptsname_r", SetLastError = true)]
    public static partial int NameOfPseudoTerminal(int handle, Span<byte> name, nuint length);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Control(int handle, nuint request, ReadOnlySpan<ushort> argument);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int handle);
}
