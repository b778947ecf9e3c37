using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Allocator;

/// <summary>How a framework goes: for a while when its stream ends, for good when it is torn down or stays away.</summary>
public static class Leaving
{
    /// <summary>
    /// The least time a framework has to subscribe again after this service restarted: with a failover timeout of 0, the Mesos
    /// default, every restart would otherwise kill its tasks.
    /// </summary>
    public static readonly TimeSpan GraceAfterTakeOver = TimeSpan.FromMinutes(2);

    /// <summary>A stream ended. That of an earlier session ends without a word.</summary>
    public static Decision Decide(AllocatorState state, Disconnect c) =>
        state.Living(c.FrameworkId) is { Connected: true } framework && framework.Session == c.Session
            ? Decision.Of([
                .. Rescind(state, framework.Id, c.Reason, c.Now),
                new FrameworkDisconnected(framework.Id, c.Reason, After(c.Now, framework.Description.FailoverTimeout), c.Now)])
            : Decision.Nothing;

    /// <summary>All streams ended with the leader before.</summary>
    public static Decision Decide(AllocatorState state, TakeOver c)
    {
        const string reason = "the allocator restarted";
        var facts = new List<IFact>();
        // One that has subscribed since this instance leads was quicker than this command.
        foreach (var framework in state.Frameworks.Values.Where(f => !f.Removed && (f.ReregisteredAt ?? f.RegisteredAt) < c.Now))
        {
            facts.AddRange(Rescind(state, framework.Id, reason, c.Now));
            var grace = framework.Description.FailoverTimeout > GraceAfterTakeOver ? framework.Description.FailoverTimeout : GraceAfterTakeOver;
            // A framework that was away already gets the same grace: it could not come back while nobody was there.
            facts.Add(new FrameworkDisconnected(framework.Id, reason, After(c.Now, grace), c.Now));
        }
        facts.AddRange(Recovering.Begin(state, c.Now));
        return Decision.Of(facts);
    }

    /// <summary>Frameworks that stayed away too long are over; agents that were emptied are drained; who uses machines that will be away is asked to leave.</summary>
    public static Decision Decide(AllocatorState state, Tick c)
    {
        var over = state.Frameworks.Values.Where(f => !f.Removed && f.RemoveAt <= c.Now).ToList();
        // Commands of one decision are numbered together, whichever frameworks they are about.
        var numbers = new CommandNumbers(state);
        return Decision.Of([
            .. over.SelectMany(f => Remove(state, f, "it did not subscribe again within its failover timeout", c.Now, numbers)),
            .. Withholding.Emptied(state, c.Now),
            .. Maintaining.Ask(state, c.Now)]);
    }

    /// <summary>TEARDOWN.</summary>
    public static Decision Decide(AllocatorState state, Teardown c) =>
        state.Living(c.FrameworkId) is { } framework
            ? Decision.Of([.. Remove(state, framework, c.Reason, c.Now, new CommandNumbers(state))])
            : new Refusal(RefusalCode.UnknownFramework, $"No framework found with specified ID: {c.FrameworkId}");

    /// <summary>Withdraws all outstanding offers of a framework.</summary>
    internal static IEnumerable<IFact> Rescind(AllocatorState state, FrameworkId id, string reason, DateTimeOffset now)
    {
        var offers = state.OffersTo(id).Select(offer => offer.Id).ToValueList();
        if (offers.Count > 0)
            yield return new OffersRescinded(id, offers, reason, now);
    }

    private static List<IFact> Remove(AllocatorState state, Framework framework, string reason, DateTimeOffset now, CommandNumbers numbers)
    {
        var facts = Rescind(state, framework.Id, reason, now).ToList();
        foreach (var task in framework.Tasks.Values)
        {
            if (!task.State.IsTerminal() && !task.KillRequested)
                facts.Add(new TaskKillRequested(framework.Id, task.Spec.Id, task.AgentId, Grace: null, numbers.Next(task.AgentId), now));
            // Nobody is left to acknowledge what the agent still repeats.
            foreach (var update in task.Unacknowledged)
                facts.Add(new TaskStatusAcknowledged(framework.Id, task.Spec.Id, task.AgentId, update.Uuid!, numbers.Next(task.AgentId), now));
        }
        facts.AddRange(Executing.ShutDown(state, framework.Id, numbers, now));
        facts.Add(new FrameworkRemoved(framework.Id, reason, now));
        return facts;
    }

    private static DateTimeOffset After(DateTimeOffset now, TimeSpan time) =>
        time < DateTimeOffset.MaxValue - now ? now + time : DateTimeOffset.MaxValue;
}
