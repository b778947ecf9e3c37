using Bourse.MesosV1.Master;
using Google.Protobuf;

namespace Bourse.Allocator.Host.Http.Operator;

/// <summary>LIST_FILES and READ_FILE.</summary>
internal static class FileCalls
{
    public static OperatorAnswer List(Call.Types.ListFiles call, AttachedFiles files) =>
        files.List(call.Path) is { } found
            ? new Response { Type = Response.Types.Type.ListFiles, ListFiles = new() { FileInfos = { found } } }
            : Missing();

    public static OperatorAnswer Read(Call.Types.ReadFile call, AttachedFiles files)
    {
        if (call.Offset > long.MaxValue)
            return MesosAnswer.Bad("Invalid offset");
        var length = call.HasLength ? (long)Math.Min(call.Length, long.MaxValue) : (long?)null;
        return files.Read(call.Path, (long)call.Offset, length) is { } found
            ? new Response { Type = Response.Types.Type.ReadFile, ReadFile = new() { Size = (ulong)found.Size, Data = ByteString.CopyFrom(found.Data) } }
            : Missing();
    }

    private static MesosAnswer Missing() => new(StatusCodes.Status404NotFound, "No such file or directory");
}
