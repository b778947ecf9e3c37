using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Bourse.Contracts;

namespace Bourse.Agent.Host.Containers.Docker;

/// <summary>What the agent notes about its containers of a Docker engine.</summary>
internal sealed class DockerPlaces(string work, RuncPlaces names)
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private string All => Path.Combine(work, "docker");

    /// <summary>What supervisors run.</summary>
    public string Script => Path.Combine(All, "docker.sh");

    public string Of(long run) => Path.Combine(All, run.ToString(CultureInfo.InvariantCulture));

    /// <summary>The file of a run's end.</summary>
    public string Note(long run) => Path.Combine(Of(run), "ending.json");

    /// <summary>The engine's client under a name by which it is known not to be the task.</summary>
    public string Client => Path.Combine(All, "bourse-docker");

    public void Make(string program)
    {
        Directory.CreateDirectory(All, Private);
        File.Delete(Client);
        File.CreateSymbolicLink(Client, program);
        // A running shell goes on reading the file it began with: replace it, never write into it.
        using var script = Assembly.GetExecutingAssembly().GetManifestResourceStream("docker.sh")!;
        using (var file = File.Create($"{Script}.new"))
            script.CopyTo(file);
        File.Move($"{Script}.new", Script, overwrite: true);
    }

    /// <summary>The runs that have notes here.</summary>
    public IEnumerable<long> Runs() =>
        Directory.Exists(All) ? Directory.EnumerateDirectories(All).Select(path => names.RunOf(Path.GetFileName(path))).OfType<long>().ToList() : [];

    public void Delete(long run)
    {
        if (Directory.Exists(Of(run)))
            Directory.Delete(Of(run), recursive: true);
    }

    public void Note(long run, long? memoryLimit, string? upper) => Write(Path.Combine(Of(run), "made.json"), new Made(memoryLimit, upper));

    public void Note(long run, ContainerState container, string? cgroup = null)
    {
        Write(Path.Combine(Of(run), "container.json"), container);
        if (cgroup is not null)
            Write(Path.Combine(Of(run), "cgroup.json"), cgroup);
    }

    public ContainerState? Container(long run) => Read<ContainerState>(run, "container.json");

    public string? Cgroup(long run) => Read<string>(run, "cgroup.json");

    public long? MemoryLimit(long run) => Read<Made>(run, "made.json")?.MemoryLimit;

    /// <summary>Where its changes to its image are.</summary>
    public string? Upper(long run) => Read<Made>(run, "made.json")?.Upper;

    /// <summary>Writes a file that is there whole or not at all.</summary>
    public static void Write<T>(string file, T content)
    {
        File.WriteAllText($"{file}.new", JsonSerializer.Serialize(content, Json.Options));
        File.Move($"{file}.new", file, overwrite: true);
    }

    private T? Read<T>(long run, string name)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllText(Path.Combine(Of(run), name)), Json.Options);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private sealed record Made(long? MemoryLimit, string? Upper);
}
