using System.Runtime.InteropServices;
using Bourse.Agent.Host.Processes;
using Microsoft.Win32.SafeHandles;

namespace Bourse.Agent.Host.Sandboxes;

/// <summary>
/// Files in sandboxes, touched without following links: the agent may be root and the task somebody else, who must not get the
/// agent to read or delete another file for them.
/// </summary>
internal static class SandboxFiles
{
    /// <summary>Opens a file directly in a sandbox; null when it is not there or is not what it should be.</summary>
    public static SafeFileHandle? Open(string sandbox, string name)
    {
        var handle = Native.Open(Native.HereIfRelative, Path.Combine(sandbox, name), Native.OpenOnlyFile);
        return handle < 0 ? null : new SafeFileHandle(handle, ownsHandle: true);
    }

    /// <summary>Deletes a file of a sandbox, if it is still where it was put.</summary>
    public static void Delete(string sandbox, string path)
    {
        var segments = path.Split('/');
        var directory = Native.Open(Native.HereIfRelative, sandbox, Native.OpenOnlyDirectory);
        foreach (var segment in segments[..^1])
        {
            if (directory < 0)
                return;
            var next = Native.Open(directory, segment, Native.OpenOnlyDirectory);
            _ = Native.Close(directory);
            directory = next;
        }
        if (directory < 0)
            return;
        // When this fails, the task has removed the file itself or made something else of it.
        _ = Native.Unlink(directory, segments[^1], 0);
        _ = Native.Close(directory);
    }
}
