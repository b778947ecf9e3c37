using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Bourse.Contracts;

namespace Bourse.Agent.Host.Sandboxes;

/// <summary>Where the agent keeps what.</summary>
internal sealed class WorkDirectory
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Passable = Private | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private const int LongestName = 200;
    private const string Tasks = "tasks";

    public WorkDirectory(string root)
    {
        Root = Path.GetFullPath(root);
        // Tasks of other users pass through to their own sandbox and see nothing else.
        Directory.CreateDirectory(Root, Passable);
        Directory.CreateDirectory(Sandboxes, Passable);
        Directory.CreateDirectory(Runs, Private);
        Directory.CreateDirectory(Trash, Private);
    }

    public string Root { get; }

    public string Sandboxes => Path.Combine(Root, "sandboxes");

    public string Runs => Path.Combine(Root, "runs");

    public string Trash => Path.Combine(Root, "trash");

    public string Checkpoint => Path.Combine(Root, "checkpoint.db");

    public string Key => Path.Combine(Root, "key.pem");

    public string Supervisor => Path.Combine(Root, "supervisor.sh");

    public string FetchCache => Path.Combine(Root, "fetched");

    public string ExecutorKey => Path.Combine(Root, "executors.key");

    public string RunFile(long run) => Path.Combine(Runs, run.ToString(CultureInfo.InvariantCulture));

    /// <summary>Deletes the run files of whatever is not known any more.</summary>
    public void DeleteRunsExcept(HashSet<long> known)
    {
        foreach (var file in Directory.EnumerateFiles(Runs))
        {
            if (!long.TryParse(Path.GetFileName(file), NumberStyles.None, CultureInfo.InvariantCulture, out var run) || !known.Contains(run))
                File.Delete(file);
        }
    }

    public string Sandbox(TaskKey key) => Path.Combine(Sandboxes, Encode(key.FrameworkId.Value), Encode(key.TaskId.Value));

    /// <summary>Where a task works: in a directory of its own, in one below its group's, or in that of its framework's executor.</summary>
    public string Sandbox(AgentTask task) =>
        task is { SharesSandbox: true, ExecutorKey: { } shared } ? Sandbox(shared.SandboxKey) : Sandbox(task.Key, task.ExecutorKey);

    public string Sandbox(LeftSandbox left) =>
        Sandbox(left.Key, left.Executor is { } executor ? new ExecutorKey(left.FrameworkId, executor) : null);

    /// <summary>Empties the sandbox of a task to come and returns its path.</summary>
    public string MakeSandbox(AgentTask task)
    {
        var path = Sandbox(task);
        PutInTrash(path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, Passable);
        Directory.CreateDirectory(path, Private);
        return path;
    }

    /// <summary>Empties the sandbox that the tasks of a group will have theirs in.</summary>
    public void MakeGroupSandbox(ExecutorKey executor)
    {
        PutInTrash(Sandbox(executor.SandboxKey));
        Directory.CreateDirectory(Path.Combine(Sandbox(executor.SandboxKey), Tasks), Passable);
    }

    private string Sandbox(TaskKey task, ExecutorKey? group) =>
        group is { } executor ? Path.Combine(Sandbox(executor.SandboxKey), Tasks, Encode(task.TaskId.Value)) : Sandbox(task);

    /// <summary>Takes a directory away at once; <see cref="EmptyTrash"/> deletes it for good.</summary>
    public void PutInTrash(string path)
    {
        if (Directory.Exists(path))
            Directory.Move(path, Path.Combine(Trash, Guid.NewGuid().ToString("N")));
    }

    public void EmptyTrash()
    {
        foreach (var left in Directory.EnumerateDirectories(Trash))
            Directory.Delete(left, recursive: true);
    }

    /// <summary>
    /// An id as a file name: unambiguous, never <c>.</c> or <c>..</c>, without separators, and short enough for any file system.
    /// </summary>
    public static string Encode(string id)
    {
        var name = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes(id))
        {
            var c = (char)b;
            if (char.IsAsciiLetterOrDigit(c) || c is '_' or '-' || (c == '.' && name.Length > 0))
                name.Append(c);
            else
                name.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }
        if (name.Length == 0)
            return "%";
        if (name.Length <= LongestName)
            return name.ToString();
        // "~" is in no other name.
        return $"{name.ToString(0, LongestName - 65)}~{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)))}";
    }
}
