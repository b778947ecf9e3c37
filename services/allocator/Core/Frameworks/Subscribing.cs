using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Allocator;

/// <summary>SUBSCRIBE: a framework is admitted, comes back, or takes over from an earlier instance of itself.</summary>
public static class Subscribing
{
    /// <summary>Decides a subscription. A known framework keeps its id and tasks, whatever happened to its stream.</summary>
    public static Decision Decide(AllocatorState state, Subscribe c)
    {
        if (Problem(c.Description, c.SuppressedRoles) is { } invalid)
            return invalid;

        if (c.Description.User == "root" && !state.Settings.RootSubmissions)
            return new Refusal(RefusalCode.NotAllowed, "User 'root' is not allowed to run frameworks without root submissions");

        if (c.Id is not { } id)
            return [new FrameworkSubscribed(c.NewId, c.Description, c.SuppressedRoles, Session: 1, c.Now)];

        if (state.CompletedFrameworks.Exists(past => past.Id == id) || state.Frameworks.TryGetValue(id, out var known) && known.Removed)
            return new Refusal(RefusalCode.FrameworkRemoved, "Framework has been removed");

        if (!state.Frameworks.TryGetValue(id, out known))
            return [new FrameworkSubscribed(id, c.Description, c.SuppressedRoles, Session: 1, c.Now)];

        if (known.Description.Principal != c.Description.Principal)
            return new Refusal(RefusalCode.NotAllowed, "Changing framework's principal is not allowed.");

        // Offers made to the stream before are void: its successor never saw them.
        return Decision.Of([
            .. Leaving.Rescind(state, id, "the framework subscribed again", c.Now),
            new FrameworkSubscribed(id, c.Description, c.SuppressedRoles, known.Session + 1, c.Now)]);
    }

    /// <summary>What is wrong with a description whatever the state, or null.</summary>
    internal static Refusal? Problem(FrameworkDescription description, ValueList<string> suppressed)
    {
        if (description.Roles.Select(Roles.Problem).FirstOrDefault(problem => problem is not null) is { } invalid)
            return new(RefusalCode.InvalidRole, invalid);
        return suppressed.FirstOrDefault(role => !description.Roles.Contains(role)) is { } stray
            ? new(RefusalCode.InvalidRole, $"suppressed role '{stray}' is not one of the framework's roles")
            : WishRules.Problem(description);
    }
}
