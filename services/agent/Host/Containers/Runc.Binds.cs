using Bourse.Agent.Host.Processes;
using Bourse.Contracts;

namespace Bourse.Agent.Host.Containers;

// What of the machine a container sees: volumes of every kind, and its secrets.
internal sealed partial class Runc
{
    // The links in the sandbox lead to the same places inside.
    private static IEnumerable<Bind> PersistentVolumes(ContainerOrder order, User? user)
    {
        foreach (var volume in order.Volumes)
        {
            if (!volume.Shared)
                Secrets.SecretFiles.Give(volume.Directory, user);
            for (var parent = Path.GetDirectoryName(volume.Link)!; parent != order.Sandbox; parent = Path.GetDirectoryName(parent)!)
                Secrets.SecretFiles.Give(parent, user);
            yield return new(volume.Directory, volume.Directory);
        }
    }

    private async Task<List<Bind>> Volumes(TaskContainer wish, ContainerOrder order, string sandbox, string directory, CancellationToken cancelled)
    {
        var binds = new List<Bind>();
        foreach (var volume in wish.Volumes)
        {
            var destination = volume.Path.StartsWith('/') ? volume.Path : $"{sandbox}/{volume.Path}";
            if (volume.HostPath is { } host)
                binds.Add(new(HostPaths.Allowed(host, settings), destination, volume.ReadOnly));
            else if (volume.SandboxPath is { } own)
                // The sandbox is new and nothing runs in it, so nobody has put a link there.
                binds.Add(new(Given(Path.Combine(order.Sandbox, own), order.User), destination, volume.ReadOnly));
            else if (volume.Image is { } wanted)
                binds.Add(new((await Get(wanted, order, directory, cancelled)).Root, destination, ReadOnly: true));
            else
                throw new CannotStartException($"Volume '{volume.Path}': this agent has no CSI plugin '{volume.Csi?.Plugin}'");
        }
        return binds;
    }

    private IEnumerable<Bind> SecretBinds(ContainerOrder order, string sandbox, User? user)
    {
        var n = 0;
        foreach (var file in order.Task.Spec.SecretFiles)
        {
            var source = Path.Combine(places.MakeSecrets(order.Task.Run), $"{n++}");
            Secrets.SecretFiles.Write(source, order.Secrets.Bytes(file.Secret), user);
            yield return new(source, file.Path.StartsWith('/') ? file.Path : $"{sandbox}/{file.Path}", ReadOnly: true);
        }
    }

    private static string Given(string path, User? user)
    {
        Directory.CreateDirectory(path);
        Secrets.SecretFiles.Give(path, user);
        return path;
    }
}
