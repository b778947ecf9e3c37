using Bourse.Contracts;

namespace Bourse.Agent.Host.Settings;

/// <summary>What this machine has, less what it needs for itself, as Mesos counts when it is not told.</summary>
internal static class Machine
{
    private const long MB = 1L << 20;
    private const long GB = 1L << 30;

    /// <summary>Adds whichever of cpus, mem, disk, gpus and ports the configuration does not mention.</summary>
    public static Resources Complete(Resources configured, string work)
    {
        var missing = new List<Resource>();
        if (!Has("cpus"))
            missing.Add(Resource.Of("cpus", Environment.ProcessorCount));
        if (!Has("mem"))
            missing.Add(Resource.Of("mem", Share(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, keep: GB, from: 2 * GB)));
        if (!Has("disk"))
            missing.Add(Resource.Of("disk", Share(new DriveInfo(Path.GetFullPath(work)).TotalSize, keep: 5 * GB, from: 10 * GB)));
        if (!Has("gpus") && Gpus("/dev") is var gpus and > 0)
            missing.Add(Resource.Of("gpus", gpus));
        if (!Has("ports"))
            missing.Add(Resource.Of("ports", new Interval(31000, 32000)));
        return configured + Resources.Of(missing);

        bool Has(string name) => configured.Entries.Any(entry => entry.Name == name);
    }

    /// <summary>The devices by which the driver shows its GPUs: <c>nvidia0</c> and so on.</summary>
    internal static int Gpus(string devices) =>
        Directory.EnumerateFileSystemEntries(devices, "nvidia*").Count(path => int.TryParse(Path.GetFileName(path)["nvidia".Length..], out _));

    /// <summary>In MB: all but what is kept, or half of a small amount.</summary>
    internal static double Share(long bytes, long keep, long from) => (bytes >= from ? bytes - keep : bytes / 2) / MB;
}
