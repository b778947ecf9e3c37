using System.Text.Json;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using static Bourse.Allocator.Tests.Example;

namespace Bourse.Allocator.Tests;

/// <summary>
/// Long random lives of a cluster with quotas, weights and nested roles. BOURSE_STEPS says how many commands in all, BOURSE_SEED with
/// which life to begin; a failure names the seed and the step.
/// </summary>
public sealed class TakingManySteps(ITestOutputHelper output)
{
    private const int StepsOfALife = 250;

    private static readonly string[] InRoles = ["web", "web/a", "web/b", "batch"];
    private static readonly AgentId[] OnAgents = [.. Enumerable.Range(1, 5).Select(n => new AgentId($"agent-{n}"))];
    private static readonly FrameworkId[] Known = [.. InRoles.Select(role => new FrameworkId($"f-{role.Replace('/', '-')}")), new("f-both")];

    private static int Setting(string name, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(name), out var given) ? given : otherwise;

    [Fact]
    public void Keeps_every_promise()
    {
        var (steps, seed) = (0, Setting("BOURSE_SEED", 1));
        var kinds = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (; steps < Setting("BOURSE_STEPS", 5000); steps += StepsOfALife, seed++)
        {
            var commands = Life(seed, kinds);
            // The same journal gives the same decisions, and folding it gives the state: twice from nothing, once from a snapshot.
            var again = Story.Given(commands);
            var (story, facts) = Lived(seed, commands);
            JsonSerializer.Serialize(again.State, Json.Options).ShouldBe(JsonSerializer.Serialize(story.State, Json.Options), $"seed {seed}");
            story.FoldsToTheSame().ShouldBeTrue($"seed {seed}");
            story.Violations().ShouldBeEmpty($"seed {seed}");
            facts.ShouldBeGreaterThan(0);
        }
        output.WriteLine($"{steps} steps; facts by kind: {string.Join(", ", kinds.Select(each => $"{each.Key} {each.Value}"))}");
    }

    // Commands are made as the story goes, so that they are about offers and tasks that exist.
    private static AllocatorCommand[] Life(int seed, SortedDictionary<string, int> kinds)
    {
        var random = new Random(seed);
        var story = Story.Given();
        var now = Noon;
        return [.. Enumerable.Range(0, StepsOfALife).Select(_ =>
        {
            now += TimeSpan.FromMilliseconds(random.Next(0, 3000));
            var command = Any(random, story.State, now);
            foreach (var fact in story.When(command).Last.Facts)
                kinds[fact.GetType().Name] = kinds.GetValueOrDefault(fact.GetType().Name) + 1;
            return command;
        })];
    }

    private static (Story Story, int Facts) Lived(int seed, AllocatorCommand[] commands)
    {
        var (story, facts) = (Story.Given(), 0);
        for (var step = 0; step < commands.Length; step++)
        {
            var before = RoleUse.Of(story.State);
            story.When(commands[step]);
            facts += story.Last.Facts.Count;
            var where = $"seed {seed}, step {step}: {commands[step]}";
            story.OwesNoMoreThanItHas().ShouldBeTrue(where);
            if (commands[step] is Allocate allocate)
                CheckCycle(story, before, allocate.Now, where);
        }
        return (story, facts);
    }

    private static void CheckCycle(Story story, RoleUse before, DateTimeOffset now, string where)
    {
        var (state, use, quotas) = (story.State, RoleUse.Of(story.State), new QuotaTree(story.State.Quotas));
        foreach (var quota in state.Quotas.Values)
            foreach (var (name, limit) in quota.Limit)
                if (use.Held(quota.Role, name) > limit)
                    use.Held(quota.Role, name).ShouldBe(before.Held(quota.Role, name), $"{where}: {quota.Role} exceeds its limit of {name}:{limit}; quotas {string.Join(' ', state.Quotas.Values)}; offered {story.Last}");

        // Nobody without a guarantee is offered what must be left for those who have one.
        foreach (var made in story.Last.Facts.OfType<OffersMade>())
            if (!RoleUse.SelfAndAbove(made.Role).Any(role => quotas.Of(role) is { Guarantee.Count: > 0 }))
                foreach (var name in (string[])["cpus", "mem"])
                    if (made.Offers.Any(offer => offer.Resources.Total(name) > Scalar.Zero))
                        quotas.Headroom(name, use).ShouldBeLessThanOrEqualTo(use.Free(name), $"{where}: {name} is needed for guarantees and offered in {made.Role}; before, {before.Free(name)} was free and {quotas.Headroom(name, before)} needed; quotas {string.Join(' ', state.Quotas.Values)}; offered {story.Last}");

        // What a cycle leaves, it leaves for a reason.
        if (state.Quotas.Values.Any(quota => quota.Guarantee.Count > 0))
            return;
        foreach (var framework in state.Frameworks.Values.Where(each => !each.Removed && each.Connected))
            foreach (var role in ExplainingOffers.Of(state, framework.Id, now)!.Roles)
                role.Agents.ShouldAllBe(group => group.Reason != "next" && group.Reason != "another-due-first" && !group.Text.Contains("coming cycle"), where);
    }

    private static AllocatorCommand Any(Random random, AllocatorState state, DateTimeOffset now)
    {
        T One<T>(IEnumerable<T> of) => of.ElementAt(random.Next(of.Count()));
        var framework = One(Known);
        var agent = One(OnAgents);
        switch (random.Next(23))
        {
            case 0:
                ValueList<string> roles = framework == Known[^1] ? ["batch", "web"] : [InRoles[Array.IndexOf(Known, framework)]];
                return new Subscribe(framework, Web with { Name = framework.Value, Roles = roles }, [], framework, now);
            case 1:
                return new AgentJoined(Machine(agent, cpus: 2 + Array.IndexOf(OnAgents, agent)) with { Attributes = [new("rack", $"r{random.Next(2)}")] },
                    1 + (state.Agents.GetValueOrDefault(agent)?.Incarnation ?? 0), now);
            case 2: return random.Next(2) == 0 ? new AgentSilent(agent, state.Agents.GetValueOrDefault(agent)?.Incarnation ?? 1, now) : new AgentHeard(agent, state.Agents.GetValueOrDefault(agent)?.Incarnation ?? 1, now);
            case 3 or 4: return new UpdateQuota([Quota(random)], random.Next(2) == 0, "operator", now);
            case 5: return new UpdateWeights([new(One(InRoles), random.Next(1, 5) / 2d)], "operator", now);
            case 6: return new Suppress(framework, [], now);
            case 7: return new Revive(framework, [], now);
            case 8: return random.Next(4) == 0 ? new Teardown(framework, "asked", now) : new Tick(now);
            case 9: return new Disconnect(framework, state.Frameworks.GetValueOrDefault(framework)?.Session ?? 1, "gone", now);
            case 10 or 11 when state.Offers.Count > 0:
                var declined = One(state.Offers.Values);
                return new Decline(declined.FrameworkId, [declined.Id], TimeSpan.FromSeconds(random.Next(0, 8)), now);
            case 12 or 13 or 14 when state.Offers.Count > 0:
                var offer = One(state.Offers.Values);
                return new Accept(offer.FrameworkId, [offer.Id], [Run(new($"t{random.Next(40)}"), offer.AgentId, random.Next(1, 4))], TimeSpan.FromSeconds(random.Next(0, 3)), now);
            case 15 or 16 when state.Frameworks.Values.SelectMany(each => each.Tasks.Values, (each, task) => (each.Id, task)).ToList() is { Count: > 0 } tasks:
                var (owner, task) = One(tasks);
                return new Report(new(task.AgentId, state.Agents[task.AgentId].Incarnation, owner, task.Spec.Id,
                    new TaskUpdate(random.Next(2) == 0 ? TaskState.Running : TaskState.Finished, now, "SOURCE_EXECUTOR", Uuid: $"u{now.Ticks}"), 0), now);
            case 20 when random.Next(4) == 0: return new TakeOver(now);
            case 21: return new Greet(new AgentHello(agent, state.Agents.GetValueOrDefault(agent)?.Incarnation ?? 1, 0, Tasks: null), now);
            case 22: return new SetWhitelist(random.Next(3) > 0 ? null : [$"{agent}.example"], now);
            default: return new Allocate(now);
        }
    }

    private static RoleQuota Quota(Random random)
    {
        var role = InRoles[random.Next(InRoles.Length)];
        var guarantee = random.Next(6);
        return new(role,
            guarantee > 3 ? [] : [new("cpus", Scalar.From(guarantee))],
            random.Next(2) == 0 ? [] : [new("cpus", Scalar.From(Math.Max(guarantee > 3 ? 0 : guarantee, random.Next(12))))]);
    }
}
