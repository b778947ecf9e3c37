using Bourse.MesosV1.Master;

namespace Bourse.Allocator.Host.Http.Operator;

/// <summary>GET_METRICS. They are worked out at once, so that there is nothing a timeout could cut.</summary>
internal static class GetMetricsCall
{
    public static Response.Types.GetMetrics Answer(SortedDictionary<string, double> metrics) =>
        new() { Metrics = { metrics.Select(metric => new MesosV1.Metric { Name = metric.Key, Value = metric.Value }) } };
}
