using Bourse.MesosV1.Master;

namespace Bourse.Allocator.Host.Http.Operator;

/// <summary>GET_STATE: agents, frameworks and tasks as of one moment. There are no executors of their own yet.</summary>
internal static class GetStateCall
{
    public static Response.Types.GetState Answer(ClusterView view) => new()
    {
        GetTasks = GetTasksCall.Answer(view),
        GetExecutors = new(),
        GetFrameworks = GetFrameworksCall.Answer(view),
        GetAgents = GetAgentsCall.Answer(view),
    };
}
