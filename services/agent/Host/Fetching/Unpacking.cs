using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;

namespace Bourse.Agent.Host.Fetching;

/// <summary>
/// Unpacks archives that anybody may have made: nothing is written outside of the target, through a link, or over the task's output,
/// and nothing but files, directories and links comes into being.
/// </summary>
internal static class Unpacking
{
    private static readonly string[] Tars = [".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz"];
    private const UnixFileMode Permissions = (UnixFileMode)0b111_111_111;
    private const UnixFileMode OfDirectories = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    public static bool IsArchive(string name) =>
        Array.Exists(Tars, ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
        || name.EndsWith(".zip", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a relative path names something below where it starts.</summary>
    public static bool IsInside(string path) =>
        path.Length > 0 && !path.Contains('\0', StringComparison.Ordinal) && !path.Contains('\\', StringComparison.Ordinal)
        && path.Split('/').All(part => part is not ("" or "." or ".."));

    /// <summary>Unpacks.</summary>
    /// <param name="archive">The file.</param>
    /// <param name="name">What it is called; tells its format.</param>
    /// <param name="target">Where to.</param>
    /// <param name="made">Told of every path that came into being.</param>
    /// <param name="cancelled">Give up.</param>
    /// <exception cref="InvalidDataException">It is not such an archive, or would do what it must not.</exception>
    public static async Task Unpack(string archive, string name, string target, Action<string> made, CancellationToken cancelled)
    {
        bool Ends(string ending) => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase);
        if (Ends(".zip"))
        {
            Zip(archive, target, made);
            return;
        }
        await using var file = File.OpenRead(archive);
        if (Ends(".tar"))
        {
            await Tar(file, target, made, cancelled);
        }
        else if (Ends(".tar.gz") || Ends(".tgz"))
        {
            await using var plain = new GZipStream(file, CompressionMode.Decompress);
            await Tar(plain, target, made, cancelled);
        }
        else if (Ends(".gz"))
        {
            await using var plain = new GZipStream(file, CompressionMode.Decompress);
            await Write(plain, target, name[..^".gz".Length], mode: null, made, cancelled);
        }
        else
        {
            using var tool = Start(Ends("bz2") ? "bzip2" : "xz", archive);
            await Tar(tool.StandardOutput.BaseStream, target, made, cancelled);
            await tool.WaitForExitAsync(cancelled);
            if (tool.ExitCode != 0)
                throw new InvalidDataException("the archive is damaged");
        }
    }

    private static Process Start(string tool, string archive)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(tool, ["-dc", "--", archive]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new InvalidDataException($"the program {tool}, which could unpack it, is not on the machine");
        }
    }

    private static async Task Tar(Stream stream, string target, Action<string> made, CancellationToken cancelled)
    {
        await using var reader = new TarReader(stream, leaveOpen: true);
        while (await reader.GetNextEntryAsync(copyData: false, cancelled) is { } entry)
        {
            var name = Clean(entry.Name);
            switch (entry.EntryType)
            {
                case TarEntryType.GlobalExtendedAttributes:
                    break;
                case TarEntryType.Directory:
                    if (name.Length > 0)
                        MakeDirectories(target, name, made);
                    break;
                case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                    await Write(entry.DataStream ?? Stream.Null, target, name, entry.Mode & Permissions, made, cancelled);
                    break;
                case TarEntryType.SymbolicLink:
                    var link = Place(target, name, made);
                    if (!StaysInside(name, entry.LinkName))
                        throw new InvalidDataException($"the link '{entry.Name}' leads out of the archive");
                    File.CreateSymbolicLink(link, entry.LinkName);
                    made(link);
                    break;
                case TarEntryType.HardLink:
                    var linked = Clean(entry.LinkName);
                    if (!IsInside(linked) || HasLink(target, linked) || !File.Exists(Path.Combine(target, linked)))
                        throw new InvalidDataException($"the link '{entry.Name}' leads to nothing in the archive");
                    var copy = Place(target, name, made);
                    File.Copy(Path.Combine(target, linked), copy);
                    made(copy);
                    break;
                default:
                    throw new InvalidDataException($"the entry '{entry.Name}' is neither file, directory nor link");
            }
        }
    }

    private static void Zip(string archive, string target, Action<string> made)
    {
        using var zip = ZipFile.OpenRead(archive);
        foreach (var entry in zip.Entries)
        {
            var name = Clean(entry.FullName);
            if (entry.FullName.EndsWith('/'))
            {
                if (name.Length > 0)
                    MakeDirectories(target, name, made);
                continue;
            }
            var path = Place(target, name, made);
            // Its upper half is the mode, when the archive was made on Unix.
            var mode = (UnixFileMode)(entry.ExternalAttributes >> 16) & Permissions;
            using (var from = entry.Open())
            using (var to = new FileStream(path, FileMode.CreateNew))
                from.CopyTo(to);
            if (mode != 0)
                File.SetUnixFileMode(path, mode);
            made(path);
        }
    }

    private static async Task Write(Stream from, string target, string name, UnixFileMode? mode, Action<string> made, CancellationToken cancelled)
    {
        var path = Place(target, name, made);
        await using (var to = new FileStream(path, FileMode.CreateNew))
            await from.CopyToAsync(to, cancelled);
        if (mode is { } given)
            File.SetUnixFileMode(path, given);
        made(path);
    }

    /// <summary>Where an entry is to be: its directories are there, and what was in its place is not.</summary>
    private static string Place(string target, string name, Action<string> made)
    {
        if (!IsInside(name) || name is "stdout" or "stderr")
            throw new InvalidDataException($"the entry '{name}' would be outside of the sandbox or over the task's output");
        if (Path.GetDirectoryName(name) is { Length: > 0 } parent)
            MakeDirectories(target, parent, made);
        var path = Path.Combine(target, name);
        if (Directory.Exists(path) && new DirectoryInfo(path).LinkTarget is null)
            throw new InvalidDataException($"the entry '{name}' would replace a directory");
        File.Delete(path);
        return path;
    }

    private static void MakeDirectories(string target, string name, Action<string> made)
    {
        if (!IsInside(name))
            throw new InvalidDataException($"the entry '{name}' would be outside of the sandbox");
        if (HasLink(target, name))
            throw new InvalidDataException($"the entry '{name}' goes through a link");
        var path = target;
        foreach (var part in name.Split('/'))
        {
            path = Path.Combine(path, part);
            if (Directory.Exists(path))
                continue;
            Directory.CreateDirectory(path, OfDirectories);
            made(path);
        }
    }

    private static bool HasLink(string target, string name)
    {
        var path = target;
        foreach (var part in name.Split('/'))
        {
            path = Path.Combine(path, part);
            if (new FileInfo(path).LinkTarget is not null)
                return true;
        }
        return false;
    }

    // Steps up are allowed at the beginning only, and no more than there are directories above: whatever the names that follow are
    // links to, they lead no further up than that.
    private static bool StaysInside(string name, string link)
    {
        if (link.Length == 0 || link[0] == '/')
            return false;
        var (depth, up, down) = (name.Count(c => c == '/'), 0, false);
        foreach (var part in link.Split('/'))
        {
            if (part is "" or ".")
                continue;
            if (part != "..")
                down = true;
            else if (down || ++up > depth)
                return false;
        }
        return true;
    }

    private static string Clean(string name)
    {
        while (name.StartsWith("./", StringComparison.Ordinal))
            name = name[2..];
        name = name.TrimEnd('/');
        return name == "." ? "" : name;
    }
}
