using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Bourse.Agent.Host.Fetching;

namespace Bourse.Agent.Tests.Host;

public sealed class UnpackingArchives : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("bourse-unpack-").FullName;

    private string Target => Directory.CreateDirectory(Path.Combine(root, "outer", "target")).FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    private string Tar(string name, params TarEntry[] entries)
    {
        var path = Path.Combine(root, name);
        using var file = File.Create(path);
        using var packed = name.EndsWith("gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionLevel.Fastest) : (Stream)file;
        using var writer = new TarWriter(packed);
        foreach (var entry in entries)
            writer.WriteEntry(entry);
        return path;
    }

    private static PaxTarEntry Text(string name, string text, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite) =>
        new(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)), Mode = mode };

    private static PaxTarEntry Link(string name, string to, TarEntryType type = TarEntryType.SymbolicLink) => new(type, name) { LinkName = to };

    private Task Unpack(string archive) => Unpacking.Unpack(archive, Path.GetFileName(archive), Target, _ => { }, TestContext.Current.CancellationToken);

    [Theory]
    [InlineData("a.tar")]
    [InlineData("a.tar.gz")]
    [InlineData("a.tgz")]
    public async Task Keeps_files_directories_links_and_modes(string name)
    {
        await Unpack(Tar(name, new PaxTarEntry(TarEntryType.Directory, "./d/"), Text("./d/run", "#!", UnixFileMode.UserRead | UnixFileMode.UserExecute),
            Link("d/same", "run"), Link("up", "d/../d"[..1]), Link("d/hard", "d/run", TarEntryType.HardLink)));
        File.ReadAllText(Path.Combine(Target, "d/run")).ShouldBe("#!");
        File.GetUnixFileMode(Path.Combine(Target, "d/run")).HasFlag(UnixFileMode.UserExecute).ShouldBeTrue();
        new FileInfo(Path.Combine(Target, "d/same")).LinkTarget.ShouldBe("run");
        File.ReadAllText(Path.Combine(Target, "d/hard")).ShouldBe("#!");
    }

    public static TheoryData<string, TarEntry[]> Attacks => new()
    {
        { "a step up", [Text("../evil", "x")] },
        { "a hidden step up", [Text("d/../../evil", "x")] },
        { "an absolute path", [Text("/tmp/evil", "x")] },
        { "a link that leads out", [Link("l", "../..")] },
        { "an absolute link", [Link("l", "/etc")] },
        { "a file through a link", [Link("l", "."), Text("l/evil", "x")] },
        { "links that add up", [new PaxTarEntry(TarEntryType.Directory, "d"), Link("d/a", ".."), Link("d/a/b", ".."), Text("d/a/b/evil", "x")] },
        { "a link through a link", [Link("a", "."), Link("b", "a/../..")] },
        { "a hard link to what is outside", [Link("l", "../../secret", TarEntryType.HardLink)] },
        { "a pipe", [new PaxTarEntry(TarEntryType.Fifo, "pipe")] },
        { "the task's own output", [Text("stdout", "x")] },
    };

    [Theory]
    [MemberData(nameof(Attacks))]
    public async Task Refuses(string what, TarEntry[] entries)
    {
        File.WriteAllText(Path.Combine(root, "secret"), "s");
        await Should.ThrowAsync<InvalidDataException>(() => Unpack(Tar("evil.tar", entries)), what);
        // Not through links: what was written through one lies somewhere below the root as well, and a link to itself has no end.
        var everywhere = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        Directory.EnumerateFiles(root, "evil", everywhere).ShouldBeEmpty();
    }

    [Fact]
    public async Task Replaces_a_link_instead_of_writing_through_it()
    {
        File.WriteAllText(Path.Combine(root, "secret"), "s");
        File.CreateSymbolicLink(Path.Combine(Target, "f"), Path.Combine(root, "secret"));
        await Unpack(Tar("a.tar", Text("f", "new")));
        File.ReadAllText(Path.Combine(root, "secret")).ShouldBe("s");
        File.ReadAllText(Path.Combine(Target, "f")).ShouldBe("new");
    }

    [Theory]
    [InlineData("d/f", true)]
    [InlineData("../f", false)]
    [InlineData("d/../../f", false)]
    [InlineData("/tmp/f", false)]
    public async Task Unzips_what_stays_inside(string entry, bool fine)
    {
        var path = Path.Combine(root, "a.zip");
        using (var zip = ZipFile.Open(path, ZipArchiveMode.Create))
        using (var writer = new StreamWriter(zip.CreateEntry(entry).Open()))
            writer.Write("x");
        if (fine)
            await Unpack(path);
        else
            await Should.ThrowAsync<InvalidDataException>(() => Unpack(path));
        File.Exists(Path.Combine(Target, "d/f")).ShouldBe(fine);
    }

    [Fact]
    public async Task Refuses_a_damaged_archive()
    {
        var path = Path.Combine(root, "a.tar.gz");
        File.WriteAllText(path, "this is no archive");
        await Should.ThrowAsync<InvalidDataException>(() => Unpack(path));
    }
}
