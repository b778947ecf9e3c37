using Bourse.Allocator.Host.Http.Mapping;
using Bourse.MesosV1.Master;

namespace Bourse.Allocator.Host.Http.Operator;

/// <summary>GET_EXECUTORS: those of frameworks and of task groups; those of commands are not listed in Mesos either.</summary>
internal static class GetExecutorsCall
{
    public static Response.Types.GetExecutors Answer(ClusterView view) => new()
    {
        Executors =
        {
            view.Executors.Select(executor => new Response.Types.GetExecutors.Types.Executor
            {
                ExecutorInfo = ExecutorMapping.Write(executor.FrameworkId, executor.Spec),
                AgentId = new() { Value = executor.AgentId.Value },
            }),
        },
    };
}
