using Bourse.Agent.Host.Processes;
using Bourse.Contracts;

namespace Bourse.Agent.Host.Sandboxes;

/// <summary>
/// The directories of persistent volumes: below the work directory, below the root of a PATH disk, or the whole of a MOUNT disk. A
/// task finds those it uses under their container path in its sandbox.
/// </summary>
internal sealed class VolumeDirectories(WorkDirectory work)
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Passable = Private | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private const string Remains = ".bourse-destroyed-";

    private readonly Lock gate = new();
    private readonly List<string> remains = [];

    /// <summary>Where a volume's data is.</summary>
    public string Directory(Resource volume) => volume.Disk switch
    {
        { SourceType: "MOUNT", SourceRoot: { } mount } => mount,
        { SourceType: "PATH", SourceRoot: { } root } => Path.Combine(Path.GetFullPath(root, work.Root), Named(volume)),
        _ => Path.Combine(work.Root, Named(volume)),
    };

    /// <summary>Makes what is new, empty, and takes away what is no more. Nothing of this is undone by doing it again.</summary>
    public void Change(Resources before, Resources after)
    {
        foreach (var volume in Volumes(before).Where(volume => !Volumes(after).Any(other => Same(other, volume))))
            Clear(volume);
        foreach (var volume in Volumes(after))
        {
            // What somebody left under the name of a volume that begins now is not for its owner.
            if (!Volumes(before).Any(other => Same(other, volume)))
                Clear(volume);
            // Its user passes through to it, and sees nothing else.
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(Directory(volume))!, Passable);
            System.IO.Directory.CreateDirectory(Directory(volume), Private);
        }
    }

    /// <summary>Deletes for good what was taken away.</summary>
    public void DeleteRemains()
    {
        List<string> over;
        lock (gate)
        {
            over = [.. remains];
            remains.Clear();
        }
        foreach (var path in over)
            System.IO.Directory.Delete(path, recursive: true);
    }

    /// <summary>Links the volumes among a task's resources into its sandbox.</summary>
    /// <param name="resources">The task's.</param>
    /// <param name="sandbox">Its directory.</param>
    /// <param name="give">Makes a path its user's.</param>
    /// <returns>The directories the links lead to; with whether it is shared.</returns>
    /// <exception cref="CannotStartException">A container path is not one below the sandbox.</exception>
    public ValueList<LinkedVolume> Link(Resources resources, string sandbox, Action<string> give)
    {
        var linked = new List<LinkedVolume>();
        foreach (var volume in Volumes(resources))
        {
            var path = volume.Disk!.ContainerPath ?? "";
            var segments = path.Split('/');
            if (path.Contains('\0', StringComparison.Ordinal) || segments.Any(segment => segment is "" or "." or ".."))
                throw new CannotStartException($"'{path}' is not a container path of a volume: it must be relative and stay in the sandbox");
            var parent = sandbox;
            foreach (var segment in segments[..^1])
            {
                parent = Path.Combine(parent, segment);
                System.IO.Directory.CreateDirectory(parent, Private);
                give(parent);
            }
            var directory = Directory(volume);
            // The user of a shared volume is whoever used it first, as in Mesos.
            if (!volume.Shared)
                give(directory);
            File.CreateSymbolicLink(Path.Combine(parent, segments[^1]), directory);
            linked.Add(new(directory, Path.Combine(parent, segments[^1]), volume.Shared));
        }
        return linked.ToValueList();
    }

    private void Clear(Resource volume)
    {
        var directory = Directory(volume);
        if (!System.IO.Directory.Exists(directory))
            return;
        var taken = Path.Combine(volume.Disk!.SourceType == "MOUNT" ? directory : Path.GetDirectoryName(directory)!, Remains + Guid.NewGuid().ToString("N"));
        if (volume.Disk.SourceType == "MOUNT")
        {
            // The mount point stays; what is on it goes, and within its file system moving is quick.
            System.IO.Directory.CreateDirectory(taken, Private);
            foreach (var entry in System.IO.Directory.EnumerateFileSystemEntries(directory).Where(entry => !Path.GetFileName(entry).StartsWith(Remains, StringComparison.Ordinal)).ToList())
                System.IO.Directory.Move(entry, Path.Combine(taken, Path.GetFileName(entry)));
        }
        else
        {
            System.IO.Directory.Move(directory, taken);
        }
        lock (gate)
            remains.Add(taken);
    }

    private static string Named(Resource volume) => Path.Combine(
        "volumes", "roles", Path.Combine(volume.ReservedFor!.Split('/').Select(WorkDirectory.Encode).ToArray()), "v-" + WorkDirectory.Encode(volume.Disk!.PersistenceId!));

    private static IEnumerable<Resource> Volumes(Resources resources) => resources.Entries.Where(entry => entry.Disk?.PersistenceId is not null);

    // A volume that grew or shrank is the same.
    private static bool Same(Resource a, Resource b) =>
        a.Disk!.PersistenceId == b.Disk!.PersistenceId && a.ReservedFor == b.ReservedFor && a.Disk.SourceType == b.Disk.SourceType && a.Disk.SourceRoot == b.Disk.SourceRoot;
}

/// <summary>A volume that a sandbox has a link to.</summary>
/// <param name="Directory">Where its data is.</param>
/// <param name="Link">The link.</param>
/// <param name="Shared">Whether others use it at the same time.</param>
internal sealed record LinkedVolume(string Directory, string Link, bool Shared);
