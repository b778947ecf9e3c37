using Bourse.Contracts;

namespace Bourse.Agent.Host.Settings;

/// <summary>What this machine has, less what it needs for itself, as Mesos counts when it is not told.</summary>
internal static class Machine
{
    private const long MB = 1L << 20;
    private const long GB = 1L << 30;

    /// <summary>Adds whichever of cpus, mem, disk and ports the configuration does not mention.</summary>
    public static Resources Complete(Resources configured, string work)
    {
        var missing = new List<Resource>();
        if (!Has("cpus"))
            missing.Add(Resource.Of("cpus", Environment.ProcessorCount));
        if (!Has("mem"))
            missing.Add(Resource.Of("mem", Share(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, keep: GB, from: 2 * GB)));
        if (!Has("disk"))
            missing.Add(Resource.Of("disk", Share(new DriveInfo(Path.GetFullPath(work)).TotalSize, keep: 5 * GB, from: 10 * GB)));
        if (!Has("ports"))
            missing.Add(Resource.Of("ports", new Interval(31000, 32000)));
        return configured + Resources.Of(missing);

        bool Has(string name) => configured.Entries.Any(entry => entry.Name == name);
    }

    /// <summary>In MB: all but what is kept, or half of a small amount.</summary>
    internal static double Share(long bytes, long keep, long from) => (bytes >= from ? bytes - keep : bytes / 2) / MB;
}
