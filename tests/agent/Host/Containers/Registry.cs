using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Bourse.Agent.Host.Containers;
using Bourse.Agent.Host.Processes;

namespace Bourse.Agent.Tests.Host.Containers;

/// <summary>A registry of the distribution API on this machine, and images made here to push into it.</summary>
internal sealed class Registry : IAsyncDisposable
{
    public const string User = "puller";
    public const string Password = "a-password-of-the-test";

    // Of bcrypt for the password above: the registry knows no other kind.
    private readonly Process process;

    private Registry(Process process, string directory, int port) => (this.process, Directory, Port) = (process, directory, port);

    public string Directory { get; }

    public int Port { get; }

    public string Address => $"127.0.0.1:{Port}";

    /// <summary>Starts it.</summary>
    /// <param name="password">Whether a password is needed.</param>
    public static async Task<Registry> Start(bool password = false)
    {
        Ground.NeedsPrograms("docker-registry", "skopeo", "umoci", "busybox");
        var directory = System.IO.Directory.CreateTempSubdirectory("bourse-registry-").FullName;
        var port = FreePort();
        var authentication = "";
        if (password)
        {
            Ground.NeedsPrograms("htpasswd");
            var hashed = await Tool.Run(Programs.Find("htpasswd")!, ["-Bbn", User, Password], CancellationToken.None);
            File.WriteAllText($"{directory}/users", hashed.Output);
            authentication = $"auth: {{htpasswd: {{realm: test, path: {directory}/users}}}}\n";
        }
        File.WriteAllText($"{directory}/registry.yml", $"""
            version: 0.1
            log: {"{"}level: error, accesslog: {"{"}disabled: true{"}"}{"}"}
            storage: {"{"}filesystem: {"{"}rootdirectory: {directory}/store{"}"}{"}"}
            http: {"{"}addr: "127.0.0.1:{port}"{"}"}
            {authentication}
            """);
        var start = new ProcessStartInfo(Programs.Find("docker-registry")!) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        start.ArgumentList.Add("serve");
        start.ArgumentList.Add($"{directory}/registry.yml");
        start.Environment["OTEL_TRACES_EXPORTER"] = "none";
        var registry = new Registry(Process.Start(start)!, directory, port);
        registry.process.BeginErrorReadLine();
        registry.process.BeginOutputReadLine();
        using var http = new HttpClient();
        await RealTasks.Until(() => Answers(http, port));
        return registry;
    }

    /// <summary>Makes an image of one static program and pushes it; then the archive's layout is at the result.</summary>
    public async Task<string> Push(string name, string file, string content, params string[] configuration)
    {
        var layout = await MakeLayout(Path.Combine(Directory, $"layout-{Guid.NewGuid():N}"), file, content, configuration);
        await Skopeo(["copy", "--quiet", "--insecure-policy", "--dest-tls-verify=false", "--dest-creds", $"{User}:{Password}", $"oci:{layout}:image", $"docker://{Address}/{name}"]);
        return layout;
    }

    /// <summary>An OCI layout with a busybox, one file, and what its configuration says.</summary>
    public static async Task<string> MakeLayout(string layout, string file, string content, params string[] configuration)
    {
        var umoci = Programs.Find("umoci")!;
        var bundle = $"{layout}-bundle";
        await Must(umoci, ["init", "--layout", layout]);
        await Must(umoci, ["new", "--image", $"{layout}:image"]);
        await Must(umoci, ["unpack", "--image", $"{layout}:image", bundle]);
        foreach (var part in (string[])["bin", "etc", "tmp", "srv"])
            System.IO.Directory.CreateDirectory($"{bundle}/rootfs/{part}");
        File.Copy(Programs.Find("busybox")!, $"{bundle}/rootfs/bin/busybox");
        foreach (var applet in (string[])["sh", "cat", "id", "env", "pwd", "ls", "sleep", "touch", "echo", "nc", "wget", "ip", "hostname", "grep", "true"])
            File.CreateSymbolicLink($"{bundle}/rootfs/bin/{applet}", "busybox");
        File.WriteAllText($"{bundle}/rootfs/etc/passwd", "root:x:0:0::/:/bin/sh\nrunner:x:1234:1235::/:/bin/sh\n");
        File.WriteAllText($"{bundle}/rootfs/etc/group", "root:x:0:\nrunner:x:1235:\nextra:x:1300:runner\n");
        File.WriteAllText($"{bundle}/rootfs/{file}", content);
        await Must(umoci, ["repack", "--image", $"{layout}:image", bundle]);
        if (configuration.Length > 0)
            await Must(umoci, ["config", "--image", $"{layout}:image", .. configuration]);
        System.IO.Directory.Delete(bundle, recursive: true);
        return layout;
    }

    /// <summary>What a Docker <c>config.json</c> with this password looks like.</summary>
    public string Credentials(string password) => new JsonObject
    {
        ["auths"] = new JsonObject
        {
            [Address] = new JsonObject { ["auth"] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{User}:{password}")) },
        },
    }.ToJsonString();

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private static Task Skopeo(string[] arguments) => Must(Programs.Find("skopeo")!, arguments);

    private static async Task Must(string program, string[] arguments)
    {
        var done = await Tool.Run(program, arguments, TestContext.Current.CancellationToken);
        done.Code.ShouldBe(0, done.Complaint);
    }

    private static bool Answers(HttpClient http, int port)
    {
        try
        {
            return http.GetAsync(new Uri($"http://127.0.0.1:{port}/v2/")).GetAwaiter().GetResult().StatusCode is HttpStatusCode.OK or HttpStatusCode.Unauthorized;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
