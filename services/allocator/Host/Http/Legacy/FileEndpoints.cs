using System.Globalization;
using System.Text;
using Bourse.Allocator.Host.Http.Operator;
using Bourse.Edge;
using Bourse.MesosV1.Wire;

namespace Bourse.Allocator.Host.Http.Legacy;

/// <summary><c>/files/*</c>: the files that LIST_FILES and READ_FILE know, in their older form.</summary>
internal static class FileEndpoints
{
    public static void MapFiles(this IEndpointRouteBuilder app)
    {
        app.MapGet("/files/browse", Browse).RequireAuthorization(Policies.Operator);
        app.MapGet("/files/read", Read).RequireAuthorization(Policies.Operator);
        app.MapGet("/files/download", Download).RequireAuthorization(Policies.Operator);
        app.MapGet("/files/debug", Debug).RequireAuthorization(Policies.Operator);
    }

    private static Task Browse(HttpContext context, AttachedFiles files)
    {
        if (Path(context) is not { } path)
            return PathMissing(context);
        if (files.List(path) is not { } found)
            return Missing(context);
        var body = Encoding.ASCII.GetBytes($"[{string.Join(',', found.Select(Text))}]");
        return JsonAnswer.Write(context, body);

        // The older form has the mode as ls prints it and the time as seconds.
        static string Text(MesosV1.FileInfo file)
        {
            var seconds = (file.Mtime.Nanoseconds / 1_000_000_000).ToString(CultureInfo.InvariantCulture);
            var name = Encoding.ASCII.GetString(MesosJson.Format(new MesosV1.FileInfo { Path = file.Path, Uid = file.Uid, Gid = file.Gid }))[1..^1];
            return $$"""{{{name}},"mode":"{{Mode(file.Mode)}}","mtime":{{seconds}},"nlink":{{file.Nlink}},"size":{{file.Size}}}""";
        }
    }

    private static Task Read(HttpContext context, AttachedFiles files)
    {
        if (Path(context) is not { } path)
            return PathMissing(context);
        if (Number(context, "offset", -1) is not { } offset || Number(context, "length", -1) is not { } length)
            return MesosAnswer.Bad("Expecting 'offset' and 'length' to be -1 or a number of bytes").Write(context.Response);
        if (files.Read(path, Math.Max(0, offset), offset < 0 ? 0 : length < 0 ? null : length) is not { } found)
            return Missing(context);
        return LegacyApi.Write(context, json =>
        {
            json.WriteString("data", found.Data);
            json.WriteNumber("offset", offset < 0 ? found.Size : offset);
        });
    }

    private static Task Download(HttpContext context, AttachedFiles files)
    {
        if (Path(context) is not { } path)
            return PathMissing(context);
        return files.Find(path) is { Exists: true } file
            ? Results.File(file.FullName, "application/octet-stream", System.IO.Path.GetFileName(AttachedFiles.Log)).ExecuteAsync(context)
            : Missing(context);
    }

    private static Task Debug(HttpContext context, AttachedFiles files) => LegacyApi.Write(context, json =>
    {
        foreach (var (path, real) in files.Attached)
            json.WriteString(path, real);
    });

    private static string? Path(HttpContext context) => MesosCall.Last(context.Request.Query["path"]) is { Length: > 0 } path ? path : null;

    private static long? Number(HttpContext context, string name, long otherwise) =>
        MesosCall.Last(context.Request.Query[name]) is not { Length: > 0 } text ? otherwise
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= -1 ? number
        : null;

    private static string Mode(uint mode) =>
        string.Concat(Enumerable.Range(0, 9).Select(bit => (mode & (0x100u >> bit)) != 0 ? "rwx"[bit % 3] : '-').Prepend('-'));

    private static Task PathMissing(HttpContext context) => MesosAnswer.Bad("Expecting 'path=value' in query.\n").Write(context.Response);

    private static Task Missing(HttpContext context) => new MesosAnswer(StatusCodes.Status404NotFound, "No such file or directory").Write(context.Response);
}
