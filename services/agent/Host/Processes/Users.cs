using System.Globalization;

namespace Bourse.Agent.Host.Processes;

/// <summary>A user of this machine.</summary>
internal sealed record User(string Name, uint Id, uint Group)
{
    /// <summary>
    /// Whom a task runs as: null means as the agent itself, which is the only choice of an agent that is not root.
    /// </summary>
    /// <exception cref="CannotStartException">No such user.</exception>
    public static User? For(string? name)
    {
        if (string.IsNullOrEmpty(name) || !Environment.IsPrivilegedProcess || name == Environment.UserName)
            return null;
        foreach (var line in File.ReadLines("/etc/passwd"))
        {
            if (line.Split(':') is [var found, _, var id, var group, ..] && found == name)
                return new(name, uint.Parse(id, CultureInfo.InvariantCulture), uint.Parse(group, CultureInfo.InvariantCulture));
        }
        throw new CannotStartException($"User '{name}' does not exist on this agent");
    }
}
