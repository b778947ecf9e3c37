namespace Bourse.Agent.Host.Containers;

/// <summary>How much disk a directory takes.</summary>
internal static class DiskUse
{
    private static readonly EnumerationOptions Everything = new()
    {
        RecurseSubdirectories = true,
        AttributesToSkip = FileAttributes.ReparsePoint,   // a link is not what it leads to
        IgnoreInaccessible = true,
    };

    /// <summary>Bytes in files below a directory; 0 when it is not there. What comes and goes meanwhile may be missed.</summary>
    public static long Of(string directory)
    {
        if (!Directory.Exists(directory))
            return 0;
        long bytes = 0;
        foreach (var file in new DirectoryInfo(directory).EnumerateFiles("*", Everything))
        {
            try
            {
                bytes += file.Length;
            }
            catch (FileNotFoundException)
            {
                // It has gone since.
            }
        }
        return bytes;
    }
}
