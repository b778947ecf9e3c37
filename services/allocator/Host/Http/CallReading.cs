using Google.Protobuf;

namespace Bourse.Allocator.Host.Http;

/// <summary>What comes before any call of either API: it is for the leader.</summary>
internal static class CallReading
{
    /// <summary>Reads the call, or says why not.</summary>
    public static async Task<(T? Call, MesosAnswer? Refusal)> Read<T>(HttpContext context, ILeaderView leadership) where T : class, IMessage<T>, new()
    {
        return leadership.Leads ? await MesosCall.Read<T>(context) : (null, NotLeading(context, leadership.Leader));
    }

    /// <summary>
    /// The way to the leader. Without a scheme, so that it holds for plain and encrypted connections alike; always with a port, which
    /// one client insists on.
    /// </summary>
    public static MesosAnswer NotLeading(HttpContext context, string? leader)
    {
        if (leader is null)
            return MesosAnswer.Unavailable("No leader elected");
        context.Response.Headers.Location = $"//{leader}{context.Request.Path}{context.Request.QueryString}";
        return new(StatusCodes.Status307TemporaryRedirect);
    }
}
