using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Bourse.Agent.Host.Processes;

internal static partial class Native
{
    // posix_spawnattr_t and posix_spawn_file_actions_t have 336 and 80 bytes, sigset_t 128, with glibc and musl alike.
    private const int Roomy = 512;
    private const short DefaultSignals = 0x4, SetSignalMask = 0x8, NewSession = 0x80;
    private const int WithoutWaiting = 1;

    /// <summary>
    /// Starts a program as the leader of a new session, with no signal blocked or ignored: the runtime's own settings are not the
    /// program's.
    /// </summary>
    /// <param name="directory">Where it works.</param>
    /// <param name="argv">Its absolute path, its arguments, null.</param>
    /// <param name="envp">Its environment, null.</param>
    /// <exception cref="Win32Exception">The system refused.</exception>
    public static int SpawnSession(string directory, string?[] argv, string?[] envp)
    {
        Span<byte> attributes = stackalloc byte[Roomy], actions = stackalloc byte[Roomy], all = stackalloc byte[Roomy], none = stackalloc byte[Roomy];
        Succeeded(FillSignals(all), "sigfillset");
        Succeeded(EmptySignals(none), "sigemptyset");
        Succeeded(InitAttributes(attributes), "posix_spawnattr_init");
        Succeeded(SetFlags(attributes, DefaultSignals | SetSignalMask | NewSession), "posix_spawnattr_setflags");
        Succeeded(SetDefaultSignals(attributes, all), "posix_spawnattr_setsigdefault");
        Succeeded(SetMask(attributes, none), "posix_spawnattr_setsigmask");
        Succeeded(InitActions(actions), "posix_spawn_file_actions_init");
        try
        {
            Succeeded(AddDirectory(actions, directory), "posix_spawn_file_actions_addchdir_np");
            Succeeded(Spawn(out var pid, argv[0]!, actions, attributes, argv, envp), $"{argv[0]} in {directory}");
            return pid;
        }
        finally
        {
            _ = DestroyActions(actions);
            _ = DestroyAttributes(attributes);
        }
    }

    /// <summary>Whether a child still runs; when it does not, the system forgets it.</summary>
    public static bool HasNotEnded(int child) => Wait(child, 0, WithoutWaiting) == 0;

    private static void Succeeded(int error, string what)
    {
        if (error != 0)
            throw new Win32Exception(error, $"{what}: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Spawn(out int pid, string path, Span<byte> actions, Span<byte> attributes, string?[] argv, string?[] envp);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static partial int InitAttributes(Span<byte> attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    private static partial int DestroyAttributes(Span<byte> attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static partial int SetFlags(Span<byte> attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    private static partial int SetDefaultSignals(Span<byte> attributes, ReadOnlySpan<byte> signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    private static partial int SetMask(Span<byte> attributes, ReadOnlySpan<byte> signals);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int InitActions(Span<byte> actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial int DestroyActions(Span<byte> actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addchdir_np", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int AddDirectory(Span<byte> actions, string directory);

    [LibraryImport("libc", EntryPoint = "sigfillset")]
    private static partial int FillSignals(Span<byte> signals);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    private static partial int EmptySignals(Span<byte> signals);

    [LibraryImport("libc", EntryPoint = "waitpid")]
    private static partial int Wait(int pid, nint status, int options);
}
