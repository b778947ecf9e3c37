using Bourse.Allocator;
using Bourse.Allocator.Engine;
using Bourse.Contracts;

namespace Bourse.Simulation;

internal sealed partial class AllocatorRun
{
    private void Act(string name, Value value)
    {
        var args = value.IsMap && name is not ("set_weights" or "recover_all" or "trigger") ? value.Args() : null;
        Args Given() => args ?? throw value.Wrong("a map");
        switch (name)
        {
            case "add_agent": AddAgent(Given()); break;
            case "remove_agent": RemoveAgent(Agent(Given().Need("id"))); break;
            case "update_agent": UpdateAgent(Given()); break;
            case "activate_agent": engine.SetActivated(Agent(Given().Need("id")), activated: true); break;
            case "deactivate_agent": engine.SetActivated(Agent(Given().Need("id")), activated: false); break;
            case "add_provider": AddProvider(Given()); break;
            case "add_framework": AddFramework(Given()); break;
            case "update_framework": UpdateFramework(Given()); break;
            case "remove_framework": engine.RemoveFramework(Framework(Given().Need("id"))); break;
            case "activate_framework":
                engine.SetActive(Framework(Given().Need("id")), active: true);
                Allocate(null);
                break;
            case "deactivate_framework": engine.SetActive(Framework(Given().Need("id")), active: false); break;
            case "recover": Recover(Given()); break;
            case "recover_all": RecoverAll(); break;
            case "convert": Convert(Given()); break;
            case "suppress": engine.Suppress(Framework(Given().Need("fw")), Given().Take("roles")?.Words() is { Count: > 0 } named ? named : null); break;
            case "revive":
                engine.Revive(Framework(Given().Need("fw")), Given().Take("roles")?.Words() is { Count: > 0 } revived ? revived : null);
                Allocate(null);
                break;
            case "set_quota": SetQuota(Given().Need("role").Text(), Given()); break;
            case "set_weights": SetWeights(value); break;
            case "whitelist": engine.SetWhitelist(value.IsNull ? null : value.Words()); break;
            case "unavailable": Unavailable(Given()); break;
            case "recovery": StartRecovery(Given()); break;
            case "advance": Advance(Ticks(value)); break;
            case "trigger": Allocate(null); break;
            default: throw value.Error($"unknown step '{name}'");
        }
        args?.End();
    }

    private void AddAgent(Args args)
    {
        var id = args.Need("id");
        if (engine.Agent(id.Text()) is not null)
            throw id.Error($"agent '{id.Text()}' is there already");
        var total = Resources(args.Take("total"));
        var used = Used(args);
        var without = args.Take("without")?.Words() ?? [];
        var attributes = args.Take("attributes") is { } written ? Reading.Attributes(written) : default;
        var (hostname, region, zone) = (args.Take("hostname")?.Text(), args.Take("region")?.Text(), args.Take("zone")?.Text());
        var agent = engine.AddAgent(id.Text(), total, agent =>
        {
            agent.MultiRole = !without.Contains("MULTI_ROLE");
            agent.HierarchicalRole = !without.Contains("HIERARCHICAL_ROLE");
            agent.Attributes = attributes;
            agent.Hostname = hostname ?? agent.Id;
            (agent.Region, agent.Zone) = (region, zone);
        }, used);
        if (args.Take("unavailable_at") is { } at)
            engine.SetUnavailable(agent, Ticks(at));
        if (paused && --awaited <= 0)
            paused = false;
        Allocate(agent);
    }

    private void RemoveAgent(AgentSlot agent)
    {
        engine.RemoveAgent(agent);
        removed.Add(agent.Id);
        outstanding.RemoveAll(each => each.Agent == agent);
    }

    private void UpdateAgent(Args args)
    {
        var agent = Agent(args.Need("id"));
        Bag? total = args.Take("total") is { } size ? Resources(size) : null;
        ValueList<AgentAttribute>? attributes = args.Take("attributes") is { } written ? Reading.Attributes(written) : null;
        var with = args.Take("with")?.Words() ?? [];
        var without = args.Take("without")?.Words() ?? [];
        var (multi, nested) = (Has("MULTI_ROLE", agent.MultiRole), Has("HIERARCHICAL_ROLE", agent.HierarchicalRole));
        bool Has(string capability, bool before) => (before || with.Contains(capability)) && !without.Contains(capability);

        var (hostname, region, zone) = (args.Take("hostname")?.Text() ?? agent.Hostname, args.Take("region")?.Text() ?? agent.Region, args.Take("zone")?.Text() ?? agent.Zone);
        var different = (multi, nested, hostname, region, zone) != (agent.MultiRole, agent.HierarchicalRole, agent.Hostname, agent.Region, agent.Zone)
            || with.Count + without.Count > 0;
        var changed = engine.UpdateAgent(agent, total, attributes, different ? each =>
        {
            (each.MultiRole, each.HierarchicalRole) = (multi, nested);
            (each.Hostname, each.Region, each.Zone) = (hostname, region, zone);
        } : null);
        if (changed)
            Allocate(agent);
    }

    private void AddProvider(Args args)
    {
        var agent = Agent(args.Need("agent"));
        engine.AddProvider(agent, Resources(args.Take("total")), Used(args));
    }

    private void AddFramework(Args args)
    {
        var id = args.Need("id");
        if (engine.Framework(id.Text()) is { Known: true })
            throw id.Error($"framework '{id.Text()}' is there already");
        var roles = args.Take("roles")?.Words() ?? ["*"];
        var active = args.Take("active")?.Truth() ?? true;
        var framework = engine.SetFramework(id.Text(), roles, args.Take("capabilities")?.Words() ?? [], active, Suppressed(args, roles) ?? []);
        Wishes(framework, roles, args);
        if (active)
            Allocate(null);
    }

    private void UpdateFramework(Args args)
    {
        var framework = Framework(args.Need("id"));
        var before = framework.Clients.Where(client => client.Subscribed).Select(client => client.Role.Path).ToList();
        var roles = args.Take("roles")?.Words() ?? before;
        engine.SetRoles(framework, roles, Suppressed(args, roles));
        if (args.Take("capabilities") is { } capabilities)
            engine.SetCapabilities(framework, capabilities.Words());
        Wishes(framework, roles, args);
    }

    private static List<string>? Suppressed(Args args, List<string> roles) => args.Take("suppressed") switch
    {
        null => null,
        { IsList: true } named => named.Words(),
        { } all => all.Truth() ? roles : [],
    };

    private void Wishes(FrameworkSlot framework, List<string> roles, Args args)
    {
        var empty = args.Has("min_allocatable");
        if (args.Take("min_allocatable") is { } minimum)
            engine.SetMinimums(framework, Reading.PerRole(minimum, roles, each => EngineOptions.Of(engine.Names, Reading.Minimum(each))));
        else if (empty)
            engine.SetMinimums(framework, new Dictionary<string, Minimum>());

        empty = args.Has("constraints");
        if (args.Take("constraints") is { } constraints)
            engine.SetConstraints(framework, Reading.PerRole(constraints, roles, Reading.Constraints));
        else if (empty)
            engine.SetConstraints(framework, new Dictionary<string, OfferConstraints>());
    }

    private void Recover(Args args)
    {
        var (on, framework, role) = (args.Need("agent"), args.Need("fw"), args.Need("role"));
        // What went with its agent cannot go back once more; saying so is no mistake of the scenario.
        if (engine.Agent(on.Text()) is null && removed.Contains(on.Text()))
        {
            args.Take("res");
            args.Take("refuse_seconds");
            return;
        }
        var agent = Agent(on);
        var client = Holder(framework, role, agent);
        var held = agent.Holdings[agent.Find(client)].Bag;
        var given = args.Take("res");
        var bag = given is null || given.Value.Text() == "all" ? held : Resources(given);
        if (!held.Contains(bag))
            throw given!.Value.Error($"{client.Framework.Id} holds only {ResourceText.Write(held)} of {agent.Id}");
        engine.Release(agent, client, bag);
        outstanding.RemoveAll(each => each.Agent == agent && each.Client == client);
        if (args.Take("refuse_seconds") is { } seconds && RefuseFor.From(seconds.Number()) is { Ticks: > 0 } refuse)
            engine.Refuse(agent, client, bag, now + Math.Max(refuse.Ticks, interval));
    }

    private void RecoverAll()
    {
        foreach (var agent in engine.Agents)
            while (agent.HoldingCount > 0)
                engine.Release(agent, agent.Holdings[0].Client, agent.Holdings[0].Bag);
        outstanding.Clear();
    }

    private void Convert(Args args)
    {
        var agent = Agent(args.Need("agent"));
        var framework = args.Need("fw");
        var client = Holder(framework, args.Need("role"), agent);
        var consumed = Resources(args.Take("consume"));
        var held = agent.Holdings[agent.Find(client)].Bag;
        if (!held.Contains(consumed))
            throw framework.Error($"{client.Framework.Id} holds only {ResourceText.Write(held)} of {agent.Id}");
        engine.Convert(agent, client, consumed, Resources(args.Take("produce")));
    }

    private void SetQuota(string role, Args args) =>
        engine.SetQuota(role, Amounts(args.Take("guarantee")), Amounts(args.Take("limit")));

    private IEnumerable<(int, long)> Amounts(Value? value) =>
        value is { } text ? [.. ResourceText.Quantities(text).Select(each => (engine.Names.Of(each.Name), each.Thousandths))] : [];

    private void SetWeights(Value value)
    {
        foreach (var (role, weight) in value.Map())
            engine.SetWeight(role, weight.Number() is > 0 and < double.PositiveInfinity and var positive ? positive : throw weight.Wrong("a weight above 0"));
    }

    private void Unavailable(Args args)
    {
        var agent = Agent(args.Need("agent"));
        engine.SetUnavailable(agent, args.Take("at") is { } at ? Ticks(at) : null);
        Allocate(agent);
    }

    private void StartRecovery(Args args)
    {
        var expected = args.Need("expected_agents").Whole();
        var factor = args.Take("factor")?.Number() ?? 0.8;
        var timeout = args.Take("timeout") is { } seconds ? Ticks(seconds) : 10 * TimeSpan.TicksPerMinute;
        var quotas = args.Take("quotas");
        var any = false;
        if (quotas is { IsMap: true } byRole)
            foreach (var (role, value) in byRole.Map())
                Set(role, value.Args());
        else if (quotas is { IsList: true } listed)
            foreach (var each in listed.List())
                Set(each.IsMap ? each.Args().Need("role").Text() : each.Text(), each.IsMap ? each.Args() : null);
        else if (quotas is { } count)
            any = count.Text() is not ("0" or "false");

        awaited = (int)Math.Floor(expected * factor);
        paused = any && awaited > 0;
        resumeAt = now + timeout;

        void Set(string role, Args? quota)
        {
            any = true;
            if (quota is null)
                return;
            quota.Take("role");
            SetQuota(role, quota);
            quota.End();
        }
    }

    private List<(ClientSlot Client, Bag Bag)> Used(Args args) =>
        args.Take("used") is { } used
            ? [.. used.List().Select(each =>
            {
                var one = each.Args();
                var result = (engine.Client(one.Need("fw").Text(), one.Take("role")?.Text() ?? "*"), Resources(one.Need("res")));
                one.End();
                return result;
            })]
            : [];
}
