using Bourse.Contracts;
using Google.Protobuf.Collections;
using V1 = Bourse.MesosV1;

namespace Bourse.MesosEdge;

/// <summary>How far a task may go beyond what it holds, in the words of v1.</summary>
public static class LimitMapping
{
    /// <summary>Adds the limits; one that is none is infinite.</summary>
    public static void Write(MapField<string, V1.Value.Types.Scalar> limits, ValueList<ResourceLimit> given)
    {
        ArgumentNullException.ThrowIfNull(limits);
        foreach (var limit in given)
            limits[limit.Name] = new() { Value = limit.Amount?.ToDouble() ?? double.PositiveInfinity };
    }
}
