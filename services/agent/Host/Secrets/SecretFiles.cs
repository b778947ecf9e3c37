using System.ComponentModel;
using System.Runtime.InteropServices;
using Bourse.Agent.Host.Processes;

namespace Bourse.Agent.Host.Secrets;

/// <summary>Secrets as files that only their user can read.</summary>
internal static class SecretFiles
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Writes a secret into a sandbox in which nothing runs yet.</summary>
    /// <exception cref="CannotStartException">The path leaves the sandbox.</exception>
    public static void Write(string sandbox, string path, ReadOnlySpan<byte> value, User? user)
    {
        var segments = path.Split('/');
        if (segments.Any(segment => segment is "" or "." or "..") || path.Contains('\0', StringComparison.Ordinal) || path is "stdout" or "stderr")
            throw new CannotStartException($"'{path}' is not a path for a secret: it must be relative, stay in the sandbox and not be stdout or stderr");

        var directory = sandbox;
        foreach (var segment in segments[..^1])
        {
            directory = Path.Combine(directory, segment);
            Directory.CreateDirectory(directory, OwnerOnly | UnixFileMode.UserExecute);
            Give(directory, user);
        }
        Write(Path.Combine(directory, segments[^1]), value, user);
    }

    /// <summary>Writes a secret to a new file.</summary>
    public static void Write(string file, ReadOnlySpan<byte> value, User? user)
    {
        using (var stream = new FileStream(file, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = OwnerOnly,
        }))
            stream.Write(value);
        Give(file, user);
    }

    /// <summary>Makes a user the owner; null leaves the agent's.</summary>
    public static void Give(string path, User? user)
    {
        if (user is not null && Native.ChangeOwner(path, user.Id, user.Group) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"giving {Path.GetFileName(path)} to {user.Name}: {Marshal.GetLastPInvokeErrorMessage()}");
    }
}
