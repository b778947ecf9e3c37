using Bourse.Agent.Host.Csi;
using Bourse.Agent.Host.Processes;
using Bourse.Agent.Host.Settings;
using Bourse.Contracts;

namespace Bourse.Agent.Host.Containers;

/// <summary>What of the machine a container sees: volumes of every kind, and its secrets.</summary>
internal sealed class TaskBinds(RuncPlaces places, ContainerSettings settings, CsiVolumes csi)
{
    /// <summary>The links in the sandbox lead to the same places inside.</summary>
    public static IEnumerable<Bind> Persistent(ContainerOrder order, User? user)
    {
        foreach (var volume in order.Volumes)
        {
            if (!volume.Shared)
                Host.Secrets.SecretFiles.Give(volume.Directory, user);
            for (var parent = Path.GetDirectoryName(volume.Link)!; parent != order.Sandbox; parent = Path.GetDirectoryName(parent)!)
                Host.Secrets.SecretFiles.Give(parent, user);
            yield return new(volume.Directory, volume.Directory);
        }
    }

    /// <summary>The volumes that the task names.</summary>
    /// <param name="order">The task.</param>
    /// <param name="sandbox">Where its sandbox is inside.</param>
    /// <param name="rootOf">Gets an image.</param>
    /// <param name="cancelled">The task is not wanted any more.</param>
    public async Task<List<Bind>> Volumes(ContainerOrder order, string sandbox, Func<ContainerImage, Task<string>> rootOf, CancellationToken cancelled)
    {
        var binds = new List<Bind>();
        foreach (var volume in order.Task.Spec.Container?.Volumes ?? [])
        {
            var destination = volume.Path.StartsWith('/') ? volume.Path : $"{sandbox}/{volume.Path}";
            if (volume.HostPath is { } host)
                binds.Add(new(HostPaths.Allowed(host, settings), destination, volume.ReadOnly));
            else if (volume.SandboxPath is { } own)
                // The sandbox is new and nothing runs in it, so nobody has put a link there.
                binds.Add(new(Given(Path.Combine(order.Sandbox, own), order.User), destination, volume.ReadOnly));
            else if (volume.Image is { } wanted)
                binds.Add(new(await rootOf(wanted), destination, ReadOnly: true));
            else
                binds.Add(new(await csi.Publish(order.Task.Run, volume, order.Secrets, cancelled), destination, volume.ReadOnly));
        }
        return binds;
    }

    /// <summary>The files of its secrets, in memory.</summary>
    public IEnumerable<Bind> Secrets(ContainerOrder order, string sandbox, User? user)
    {
        var n = 0;
        foreach (var file in order.Task.Spec.SecretFiles)
        {
            var source = Path.Combine(places.MakeSecrets(order.Task.Run), $"{n++}");
            Host.Secrets.SecretFiles.Write(source, order.Secrets.Bytes(file.Secret), user);
            yield return new(source, file.Path.StartsWith('/') ? file.Path : $"{sandbox}/{file.Path}", ReadOnly: true);
        }
    }

    /// <summary>Its container is gone: gives back what plugins gave.</summary>
    public Task Release(long run, CancellationToken stopping) => csi.Release(run, stopping);

    private static string Given(string path, User? user)
    {
        Directory.CreateDirectory(path);
        Host.Secrets.SecretFiles.Give(path, user);
        return path;
    }
}
