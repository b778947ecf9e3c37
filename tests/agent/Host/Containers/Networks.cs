using Bourse.Agent.Host.Containers.Networks;
using Bourse.Agent.Host.Processes;
using Bourse.Agent.Host.Settings;

namespace Bourse.Agent.Tests.Host.Containers;

/// <summary>Networks of bridges on this machine, by the standard plugins, and nothing left of them in the end.</summary>
internal sealed class Networks : IAsyncDisposable
{
    private readonly FileStream claim;
    private readonly int number;

    public Networks()
    {
        Ground.NeedsPrograms("ip", "iptables", "busybox");
        if (new CniNetworks(Settings).MissingForJoining is { } missing)
            Assert.Skip(missing);
        (claim, number) = Claim();
        File.WriteAllText(Path.Combine(Directory, "10-blue.conflist"), $$$"""
            {"cniVersion":"0.4.0","name":"blue","plugins":[
              {"type":"bridge","bridge":"{{{Bridge}}}","isGateway":true,"hairpinMode":true,
               "ipam":{"type":"host-local","dataDir":"{{{Addresses}}}","ranges":[[{"subnet":"10.189.{{{number}}}.0/24"}]],"routes":[{"dst":"0.0.0.0/0"}]} },
              {"type":"firewall","backend":"iptables"},
              {"type":"portmap","capabilities":{"portMappings":true},"snat":true}]}
            """);
        File.WriteAllText(Path.Combine(Directory, "20-red.conf"), $$$"""
            {"cniVersion":"0.4.0","name":"red","type":"bridge","bridge":"{{{Bridge}}}r",
             "ipam":{"type":"host-local","dataDir":"{{{Addresses}}}","ranges":[[{"subnet":"10.190.{{{number}}}.0/24"}]]} }
            """);
    }

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("bourse-cni-").FullName;

    public string Subnet => $"10.189.{number}.";

    public string SecondSubnet => $"10.190.{number}.";

    public string Addresses => Path.Combine(Directory, "addresses");

    public ContainerSettings Settings => new() { NetworkDirectory = Directory };

    private string Bridge => $"bourse{number}";

    /// <summary>Addresses that are given out.</summary>
    public IEnumerable<string> GivenOut => System.IO.Directory.Exists(Addresses)
        ? System.IO.Directory.EnumerateFiles(Addresses, "10.*", SearchOption.AllDirectories).Select(path => Path.GetFileName(path)!)
        : [];

    public async ValueTask DisposeAsync()
    {
        foreach (var bridge in (string[])[Bridge, $"{Bridge}r"])
            await Agent.Host.Containers.Tool.Run(Programs.Find("ip")!, ["link", "delete", bridge], CancellationToken.None);
        System.IO.Directory.Delete(Directory, recursive: true);
        await claim.DisposeAsync();
    }

    // Bridges and subnets are the machine's: whoever tests beside this must have others. A lock ends with its process.
    private static (FileStream, int) Claim()
    {
        for (var number = 0; number < 256; number++)
        {
            try
            {
                return (new FileStream(Path.Combine(Path.GetTempPath(), $"bourse-test-network-{number}"), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None), number);
            }
            catch (IOException)
            {
                // It is another's.
            }
        }
        throw new InvalidOperationException("every test network is in use");
    }
}
