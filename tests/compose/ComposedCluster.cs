using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

[assembly: AssemblyFixture(typeof(Bourse.Compose.Tests.ComposedCluster))]

namespace Bourse.Compose.Tests;

/// <summary>
/// A cluster of compose/compose.yaml, brought up once for all tests: on the official images where they can be had, else on images
/// made from this machine's packages. Without a Docker engine the tests are skipped, with the reason.
/// </summary>
public sealed class ComposedCluster : IAsyncLifetime
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(8);
    private static readonly TimeSpan Short = TimeSpan.FromMinutes(1);
    private static readonly string[] Official =
        ["rabbitmq:4-management", "postgres:17", "mcr.microsoft.com/dotnet/sdk:10.0", "mcr.microsoft.com/dotnet/aspnet:10.0"];

    private readonly string project = $"bourse-test-{Environment.ProcessId}";
    private readonly string folder = Path.Combine(Root(), "compose");
    private readonly string environment = Path.GetTempFileName();
    private string? skipped;
    private bool up;

    public int Port { get; private set; }

    /// <summary>Skips the test when no cluster could be brought up here.</summary>
    public void OrSkip() => Assert.SkipWhen(skipped is not null, skipped ?? "");

    /// <summary>A command of <c>docker compose</c> on this cluster.</summary>
    public Task<Shell.Result> Compose(TimeSpan patience, params IEnumerable<string> arguments) => Shell.Run(
        patience, folder, ["docker", "compose", "--progress", "quiet", "-p", project, "--env-file", environment, .. arguments]);

    /// <summary>The command line, inside the cluster's network.</summary>
    public Task<Shell.Result> Bourse(params IEnumerable<string> arguments) => Compose(Short, ["run", "--rm", "-T", "bourse", .. arguments]);

    public async ValueTask InitializeAsync()
    {
        if (!(await Shell.Run(Short, folder, "docker", "info")).Succeeded)
            skipped = "no Docker engine answers here";
        else if (!(await Shell.Run(Short, folder, "docker", "compose", "version")).Succeeded)
            skipped = "this Docker has no compose plugin";
        if (skipped is not null)
            return;

        Port = FreePort();
        await File.WriteAllLinesAsync(environment, [
            $"BOURSE_ADMIN_PASSWORD={RandomNumberGenerator.GetHexString(32, lowercase: true)}", $"BOURSE_PORT={Port}"]);
        if (!await HasOfficialImages() && await MakeLocalImages() is { } reason)
        {
            skipped = reason;
            return;
        }

        up = true;
        (await Compose(Long, "build")).OrFail("docker compose build");
        var started = await Compose(Long, "up", "-d", "--wait", "--wait-timeout", "300");
        if (!started.Succeeded)
        {
            var logs = await Compose(Short, "logs", "--tail", "20");
            throw new InvalidOperationException($"the cluster did not come up\n{started.Error}\n{logs.Output}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (up)
            await Compose(Long, "down", "-v", "--remove-orphans", "--timeout", "5");
        File.Delete(environment);
    }

    // What is here already is taken; what is not is fetched, unless the first one cannot be: then there is no registry.
    private async Task<bool> HasOfficialImages()
    {
        foreach (var image in Official)
        {
            if (!(await Shell.Run(Short, folder, "docker", "image", "inspect", image)).Succeeded
                && !(await Shell.Run(Long, folder, "docker", "pull", "-q", image)).Succeeded)
                return false;
        }
        return true;
    }

    private async Task<string?> MakeLocalImages()
    {
        var images = await Shell.Run(Long, folder, Path.Combine(folder, "base-images", "build"));
        if (!images.Succeeded)
            return $"no base images can be fetched, and none can be made here: {images.Error.Trim()}";
        await File.AppendAllTextAsync(environment, images.Output);
        (await Shell.Run(Long, folder, Path.Combine(folder, "publish"), Path.Combine(folder, "published"))).OrFail("compose/publish");
        return null;
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static string Root()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Bourse.slnx")))
                return at.FullName;
        }
        throw new InvalidOperationException("the repository's root was not found above the tests");
    }
}
