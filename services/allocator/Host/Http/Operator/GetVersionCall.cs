using System.Globalization;
using Bourse.Allocator.Host.Http.Scheduler;
using V1 = Bourse.MesosV1;

namespace Bourse.Allocator.Host.Http.Operator;

/// <summary>GET_VERSION, also as <c>GET /version</c>: the level of the Mesos API, and our own version as the tag.</summary>
internal static class GetVersionCall
{
    private static readonly string Own = typeof(GetVersionCall).Assembly.GetName().Version!.ToString(3);
    private static readonly DateTime Built = File.GetLastWriteTimeUtc(typeof(GetVersionCall).Assembly.Location);

    public static V1.VersionInfo Version() => new()
    {
        Version = MasterIdentity.ApiVersion,
        BuildDate = Built.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
        BuildTime = Math.Floor((Built - DateTime.UnixEpoch).TotalSeconds),
        BuildUser = "bourse",
        GitTag = $"bourse-{Own}",
    };
}
