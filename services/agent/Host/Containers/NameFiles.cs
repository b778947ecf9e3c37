using Bourse.Agent.Host.Containers.Networks;
using Bourse.Contracts;

namespace Bourse.Agent.Host.Containers;

/// <summary>The files by which a container in a network of its own finds itself and others.</summary>
internal static class NameFiles
{
    private const string Resolver = "/etc/resolv.conf";

    public static IEnumerable<Bind> Write(string directory, string hostname, CniNetworks.Joined joined, ValueList<string> servers)
    {
        yield return new(Write(directory, "hostname", $"{hostname}\n"), "/etc/hostname");
        var own = joined.Addresses.SelectMany(address => address.Addresses).Append("127.0.1.1").First();
        yield return new(Write(directory, "hosts", $"127.0.0.1 localhost\n::1 localhost\n{own} {hostname}\n"), "/etc/hosts");

        var named = servers.Count > 0 ? servers : joined.NameServers.ToValueList();
        var text = named.Count > 0 ? string.Concat(named.Select(server => $"nameserver {server}\n"))
            : File.Exists(Resolver) ? File.ReadAllText(Resolver)
            : "";
        yield return new(Write(directory, "resolv.conf", text), Resolver);
    }

    private static string Write(string directory, string name, string text)
    {
        var path = Path.Combine(directory, name);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        return path;
    }
}
