using Bourse.Contracts;
using V1 = Bourse.MesosV1;

namespace Bourse.MesosEdge;

/// <summary>Free labels, both ways.</summary>
public static class LabelMapping
{
    /// <summary>The labels; none for a member that is not there.</summary>
    public static ValueList<Label> Read(V1.Labels? labels) =>
        labels is null ? [] : labels.Labels_.Select(label => new Label(label.Key, label.HasValue ? label.Value : null)).ToValueList();

    /// <summary>Null for none: a member that is not there says the same and is shorter.</summary>
    public static V1.Labels? Write(ValueList<Label> labels) =>
        labels.Count == 0 ? null : new() { Labels_ = { labels.Select(Write) } };

    private static V1.Label Write(Label label)
    {
        var written = new V1.Label { Key = label.Key };
        if (label.Value is { } value)
            written.Value = value;
        return written;
    }
}
