using System.Diagnostics;
using Bourse.Agent.Host.Processes;
using Bourse.Agent.Host.Settings;
using Bourse.Contracts;

namespace Bourse.Agent.Tests.Host.Containers;

/// <summary>The Docker engine of this machine, and an image made here: none has to be pulled.</summary>
internal sealed class Engine : IDisposable
{
    private const string Socket = "/var/run/docker.sock";

    private static readonly Lazy<string?> Missing = new(() =>
        Programs.Find("docker") is null ? "docker is not on this machine"
        : Programs.Find("busybox") is null ? "busybox is not on this machine"
        : !Environment.IsPrivilegedProcess ? "the tests do not run as root"
        : Docker("version", "--format", "{{.Server.Version}}") is { Code: not 0 } silent ? $"no Docker engine answers at {Socket}: {silent.Error.Trim()}"
        : null);

    private Engine(string image) => Image = image;

    /// <summary>An image with a shell and a user <c>runner</c>.</summary>
    public string Image { get; }

    /// <summary>An agent that uses it.</summary>
    public static ContainerSettings Used => new() { Docker = $"unix://{Socket}", DiskWatch = TimeSpan.FromMilliseconds(200) };

    /// <summary>Makes the image; skips the test with the reason where there is no engine.</summary>
    public static Engine Start()
    {
        if (Missing.Value is { } why)
            Assert.Skip(why);
        var root = Directory.CreateTempSubdirectory("bourse-image-").FullName;
        try
        {
            foreach (var part in (string[])["bin", "etc", "tmp", "srv"])
                Directory.CreateDirectory(Path.Combine(root, part));
            File.Copy(Programs.Find("busybox")!, Path.Combine(root, "bin/busybox"));
            foreach (var applet in (string[])["sh", "cat", "sleep", "echo", "env", "id", "pwd", "ls", "hostname", "httpd", "wget", "dd", "head", "tail", "grep", "mount", "true", "ip"])
                File.CreateSymbolicLink(Path.Combine(root, "bin", applet), "busybox");
            File.WriteAllText(Path.Combine(root, "etc/passwd"), "root:x:0:0::/:/bin/sh\nrunner:x:1234:1235::/:/bin/sh\n");
            File.WriteAllText(Path.Combine(root, "etc/group"), "root:x:0:\nrunner:x:1235:\nextra:x:1300:runner\n");
            var archive = $"{root}.tar";
            System.Formats.Tar.TarFile.CreateFromDirectory(root, archive, includeBaseDirectory: false);
            var image = $"bourse-test/{Guid.NewGuid():N}:1";
            Docker(
                "import", "--change", "ENV FROM_IMAGE=yes", "--change", "USER runner", "--change", "WORKDIR /srv",
                "--change", "ENTRYPOINT [\"/bin/echo\",\"entered\"]", "--change", "CMD [\"by\",\"itself\"]", archive, image).Code.ShouldBe(0);
            File.Delete(archive);
            return new(image);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    /// <summary>A task in the image.</summary>
    public TaskSpec Task(string id, TaskCommand command, TaskContainer? container = null, double memMb = 64, params Resource[] more) => new(
        new(id), id, Resources.Of([Resource.Of("cpus", 0.5), Resource.Of("mem", memMb), .. more]), command, SecretFiles: [],
        KillGrace: TimeSpan.FromSeconds(20), Container: (container ?? new(Docker: true)) with { Docker = true, Image = new(Image) });

    public TaskSpec Shell(string id, string line, TaskContainer? container = null, double memMb = 64, params Resource[] more) =>
        Task(id, new(Shell: true, line), container, memMb, more);

    /// <summary>Containers of an agent in a directory.</summary>
    public static string[] ContainersOf(string work) =>
        Docker("container", "ls", "--all", "--quiet", "--filter", $"label=bourse.agent={new Agent.Host.Containers.RuncPlaces(work).Prefix}")
            .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public static (int Code, string Output, string Error) Docker(params string[] arguments)
    {
        var start = new ProcessStartInfo(Programs.Find("docker")!, ["--host", $"unix://{Socket}", .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    public void Dispose() => Docker("image", "rm", "--force", Image);
}
