using Bourse.Contracts;
using V1 = Bourse.MesosV1;

namespace Bourse.Allocator.Host.Http.Mapping;

/// <summary>Checks and what they found.</summary>
internal static class CheckMapping
{
    /// <summary>The latest result; of a check that has not looked yet, or failed to, only its kind.</summary>
    public static V1.CheckStatusInfo Write(CheckResult result)
    {
        var status = new V1.CheckStatusInfo { Type = EnumNames.Parse<V1.CheckInfo.Types.Type>(result.Kind) };
        switch (status.Type)
        {
            case V1.CheckInfo.Types.Type.Command:
                status.Command = new();
                if (result.ExitCode is { } code)
                    status.Command.ExitCode = code;
                break;
            case V1.CheckInfo.Types.Type.Http:
                status.Http = new();
                if (result.StatusCode is { } http)
                    status.Http.StatusCode = (uint)http;
                break;
            case V1.CheckInfo.Types.Type.Tcp:
                status.Tcp = new();
                if (result.Succeeded is { } succeeded)
                    status.Tcp.Succeeded = succeeded;
                break;
        }
        return status;
    }
}
