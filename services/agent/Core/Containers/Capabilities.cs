using Bourse.Contracts;

namespace Bourse.Agent;

/// <summary>What a container's processes may do beyond ordinary users, by the kernel's names.</summary>
/// <param name="Bounding">What they can ever gain.</param>
/// <param name="Effective">What they have.</param>
/// <param name="Ambient">What they keep although they are not root.</param>
public sealed record Capabilities(ValueList<string> Bounding, ValueList<string> Effective, ValueList<string> Ambient)
{
    /// <summary>What most programs need who expect to be root: the set that Docker gives.</summary>
    public static readonly ValueList<string> Usual =
    [
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW", "SETFCAP", "SETGID",
        "SETPCAP", "SETUID", "SYS_CHROOT",
    ];

    /// <summary>The capabilities of a container. Only root gets some unasked, and whoever asks for some gets no others.</summary>
    public static Capabilities Of(ContainerSpec spec)
    {
        var asked = spec.Linux.Effective ?? spec.Linux.Bounding;
        var bounding = Kernel(spec.Linux.Bounding ?? asked ?? Usual);
        if (asked is { } some)
            return new(bounding, Kernel(some), Kernel(some));
        return new(bounding, spec.User == 0 ? bounding : [], []);
    }

    /// <summary>The first capability asked for that the agent gives to nobody, or null.</summary>
    public static string? Beyond(ContainerLinux linux, ValueList<string> allowed) =>
        (linux.Effective ?? []).Concat(linux.Bounding ?? []).FirstOrDefault(name => !allowed.Contains(name))
        ?? (linux is { Effective: { } effective, Bounding: { } bounding } ? effective.FirstOrDefault(name => !bounding.Contains(name)) : null);

    private static ValueList<string> Kernel(IEnumerable<string> names) =>
        names.Order(StringComparer.Ordinal).Select(name => $"CAP_{name}").ToValueList();
}
