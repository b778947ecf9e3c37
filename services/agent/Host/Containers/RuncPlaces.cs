using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Bourse.Agent.Host.Containers;

/// <summary>Where one agent's containers are: their files, and their names in places that all agents of a machine share.</summary>
/// <param name="work">The agent's work directory, by which its names differ from those of other agents.</param>
internal sealed class RuncPlaces(string work)
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string agent = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(work)))[..8];

    /// <summary>The ids of all its containers begin so.</summary>
    public string Prefix => $"bourse-{agent}-";

    public string CgroupOfAgent => $"/bourse/{agent}";

    /// <summary>The runtime's own notes.</summary>
    public string State => Path.Combine(Containers, "runc");

    /// <summary>The init program for containers.</summary>
    public string Init => Path.Combine(Containers, "bourse-init");

    private string Containers => Path.Combine(work, "containers");

    // Memory that is never written to a disk, on every Linux.
    private string AllSecrets => $"/dev/shm/bourse-{agent}";

    public string Id(long run) => Prefix + Name(run);

    public string Cgroup(long run) => $"{CgroupOfAgent}/{Name(run)}";

    public string Of(long run) => Path.Combine(Containers, Name(run));

    /// <summary>A directory for the secrets of a run, made when it is not there.</summary>
    public string MakeSecrets(long run)
    {
        Directory.CreateDirectory(AllSecrets, Private);
        return Directory.CreateDirectory(Path.Combine(AllSecrets, Name(run)), Private).FullName;
    }

    /// <summary>The run of a container or group of this name; null when it is no such name.</summary>
    public long? RunOf(string name) =>
        long.TryParse(name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : name, NumberStyles.None, CultureInfo.InvariantCulture, out var run)
            ? run
            : null;

    /// <summary>The runs that have files here.</summary>
    public IEnumerable<long> Runs() =>
        Directory.Exists(Containers) ? Directory.EnumerateDirectories(Containers).Select(path => RunOf(Path.GetFileName(path))).OfType<long>().ToList() : [];

    public bool HasState(string id) => Directory.Exists(Path.Combine(State, id));

    /// <summary>Whether the runtime's notes about a container are such that it cannot read them itself.</summary>
    public bool HasUnreadableState(string id)
    {
        var notes = Path.Combine(State, id, "state.json");
        if (!File.Exists(notes))
            return true;
        try
        {
            using var parsed = JsonDocument.Parse(File.ReadAllText(notes));
            return false;
        }
        catch (JsonException)
        {
            return true;
        }
    }

    public void DeleteState(string id) => Directory.Delete(Path.Combine(State, id), recursive: true);

    public void Make(string? init)
    {
        Directory.CreateDirectory(Containers, Private);
        Directory.CreateDirectory(State, Private);
        // A copy, whatever becomes of the package; replaced and never written into, because containers run it.
        if (init is null)
            return;
        File.Copy(init, $"{Init}.new", overwrite: true);
        File.Move($"{Init}.new", Init, overwrite: true);
    }

    public void Delete(long run)
    {
        if (Directory.Exists(Of(run)))
            Directory.Delete(Of(run), recursive: true);
    }

    public void DeleteSecrets(long run)
    {
        if (Path.Combine(AllSecrets, Name(run)) is var path && Directory.Exists(path))
            Directory.Delete(path, recursive: true);
    }

    public void DeleteSecretsExcept(IReadOnlySet<long> live)
    {
        if (!Directory.Exists(AllSecrets))
            return;
        foreach (var run in Directory.EnumerateDirectories(AllSecrets).Select(path => RunOf(Path.GetFileName(path))).OfType<long>().Where(run => !live.Contains(run)).ToList())
            DeleteSecrets(run);
    }

    /// <summary>Removes what is shared by its containers outside its own directory, when nothing is left in it.</summary>
    public void Leave() => _ = Processes.Native.RemoveDirectory(AllSecrets);

    private static string Name(long run) => run.ToString(CultureInfo.InvariantCulture);
}
