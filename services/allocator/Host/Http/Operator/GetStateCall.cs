using Bourse.MesosV1.Master;

namespace Bourse.Allocator.Host.Http.Operator;

/// <summary>GET_STATE: agents, frameworks, executors and tasks as of one moment.</summary>
internal static class GetStateCall
{
    public static Response.Types.GetState Answer(ClusterView view) => new()
    {
        GetTasks = GetTasksCall.Answer(view),
        GetExecutors = GetExecutorsCall.Answer(view),
        GetFrameworks = GetFrameworksCall.Answer(view),
        GetAgents = GetAgentsCall.Answer(view),
    };
}
