using System.Globalization;
using Bourse.Agent.Host.Containers.Images;
using Bourse.Agent.Host.Processes;
using Bourse.Agent.Host.Sandboxes;
using Bourse.Contracts;

namespace Bourse.Agent.Host.Containers;

/// <summary>Users by the names of the image they are used in.</summary>
internal static class ImageUsers
{
    /// <summary>Whom a task in an image runs as: whom it names, else whom the image names, else its framework's user.</summary>
    /// <param name="image">The image.</param>
    /// <param name="named">Whom the task names.</param>
    /// <param name="machines">The task's or framework's user on the machine.</param>
    /// <param name="framework">The framework's user.</param>
    /// <exception cref="CannotStartException">The image does not know the user.</exception>
    public static User? Of(Image image, string? named, User? machines, string framework)
    {
        if ((named ?? (image.User.Length > 0 ? image.User : null)) is { } wanted)
            return Find(image.Root, wanted) ?? (named is not null ? machines : null)
                ?? throw new CannotStartException($"User '{wanted}' does not exist in the image");
        return framework.Length == 0 ? null : Find(image.Root, framework) ?? machines;
    }

    /// <summary>Further groups of a user.</summary>
    public static ValueList<uint> GroupsOf(string root, User user) =>
        Lines(root, "group").Where(line => line is [_, _, _, var members] && members.Split(',').Contains(user.Name))
            .Select(line => uint.Parse(line[2], CultureInfo.InvariantCulture)).Order().ToValueList();

    private static User? Find(string root, string wanted)
    {
        var (name, group) = wanted.Split(':', 2) is [var first, var second] ? (first, second) : (wanted, null);
        var known = Lines(root, "passwd").FirstOrDefault(line => line.Length > 3 && (line[0] == name || line[2] == name));
        if (known is null && Number(name) is not { } && name != "root")
            return null;
        var id = known is not null ? uint.Parse(known[2], CultureInfo.InvariantCulture) : Number(name) ?? 0;
        var primary = known is not null ? uint.Parse(known[3], CultureInfo.InvariantCulture) : 0;
        if (group is { Length: > 0 })
            primary = Number(group) ?? (Lines(root, "group").FirstOrDefault(line => line.Length > 2 && line[0] == group) is { } found
                ? uint.Parse(found[2], CultureInfo.InvariantCulture)
                : throw new CannotStartException($"Group '{group}' does not exist in the image"));
        return new(known?[0] ?? name, id, primary);
    }

    private static uint? Number(string text) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    // Without following a link out of the image.
    private static List<string[]> Lines(string root, string name)
    {
        if (SandboxFiles.Open(Path.Combine(root, "etc"), name) is not { } handle)
            return [];
        using var reader = new StreamReader(new FileStream(handle, FileAccess.Read));
        return reader.ReadToEnd().Split('\n').Select(line => line.Split(':')).ToList();
    }
}
