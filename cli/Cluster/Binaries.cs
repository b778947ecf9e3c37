namespace Bourse.Cli.Cluster;

/// <summary>Where the programs are: beside the CLI when released, in their own build folders in a working tree.</summary>
internal static class Binaries
{
    /// <summary>The host that runs assemblies; the one that runs this.</summary>
    public static string Dotnet { get; } = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet"
        ? path
        : "dotnet";

    /// <summary>The command line itself.</summary>
    public static string Cli { get; } = Path.Combine(AppContext.BaseDirectory, "bourse-cli.dll");

    /// <summary>The assembly of a service.</summary>
    public static string Of(string service)
    {
        var name = $"bourse-{service}.dll";
        var released = Path.Combine(AppContext.BaseDirectory, "services", service, name);

        // .../cli/bin/Release/net10.0/ -> .../services/X/Host/bin/Release/net10.0/
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var built = Path.Combine(
            here.Parent!.Parent!.Parent!.Parent!.FullName, "services", service, "Host", "bin", here.Parent.Name, here.Name, name);
        return new[] { released, built }.FirstOrDefault(File.Exists)
            ?? throw new CliException($"the {service} service is not built: {built} is missing");
    }
}
