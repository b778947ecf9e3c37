using Bourse.Contracts;
using Bourse.Contracts.Messages;
using CsCheck;
using static Bourse.Allocator.Tests.Example;

namespace Bourse.Allocator.Tests;

public sealed class WhateverHappens
{
    private static readonly Gen<FrameworkId> AnyFramework = Gen.Bool.Select(first => first ? Marathon : Chronos);
    private static readonly Gen<AgentId> AnyAgent = Gen.Bool.Select(first => first ? A1 : A2);
    private static readonly Gen<TaskId> AnyTask = Gen.Int[1, 4].Select(n => new TaskId($"t{n}"));
    private static readonly Gen<ValueList<OfferId>> AnyOffers = Gen.Select(Gen.Int[1, 6], Gen.Int[1, 2])
        .Select((cycle, n) => new OfferId($"o{cycle}-{n}")).Array[1, 2].Select(ids => ids.ToValueList());
    private static readonly Gen<TaskState> AnyReport = Gen.Int[0, 3].Select(n =>
        new[] { TaskState.Running, TaskState.Running, TaskState.Finished, TaskState.Failed }[n]);

    private static readonly Reservation ForWeb = new("web", Dynamic: true);

    // All on few amounts of one disk and one kind of cpu, so that one operation often meets what another has made.
    private static readonly Gen<Operation> AnyOperation = Gen.Select(Gen.Int[0, 6], Gen.Int[1, 2], Gen.Int[1, 3], Gen.Guid).Select(Operation (what, amount, id, uuid) =>
    {
        Resource Disk(double size) => Resource.Of("disk", size * 100) with { Reservations = [ForWeb] };
        var volume = Disk(amount) with { Disk = new Disk($"v{id}", ContainerPath: "data"), Shared = id == 3 };
        var (type, resource) = what switch
        {
            0 => (OperationType.Reserve, Resource.Of("cpus", amount) with { Reservations = [ForWeb] }),
            1 => (OperationType.Unreserve, Resource.Of("cpus", amount) with { Reservations = [ForWeb] }),
            2 => (OperationType.Reserve, Disk(amount)),
            3 => (OperationType.Create, volume),
            4 => (OperationType.Destroy, volume),
            5 => (OperationType.GrowVolume, volume),
            _ => (OperationType.ShrinkVolume, volume),
        };
        return new Conversion(type, Resources.Of(resource), $"{uuid}", $"s{uuid}", id == 1 ? $"{uuid}" : null,
            type == OperationType.GrowVolume ? Resources.Of(Disk(1)) : null, Scalar.From(100));
    });

    private static readonly Gen<AllocatorCommand> AnyChange = Gen.OneOf(
        Gen.Select(AnyFramework, AnyOffers, AnyTask, AnyAgent, AnyOperation.Array[1, 4],
            AllocatorCommand (f, offers, task, agent, operations) => new Accept(f, offers, [], TimeSpan.Zero, Noon, [.. operations, new LaunchTasks([Run(task, agent)])])),
        Gen.Select(AnyAgent, AnyOperation, AllocatorCommand (agent, operation) => new Operate(agent, (Conversion)operation, null, Noon)));

    private static readonly Gen<AllocatorCommand> AnyStanding = Gen.Select(AnyAgent, Gen.Int[0, 5], Gen.Bool).Select(AllocatorCommand (agent, what, flag) =>
        new LearnFromRegistry([what switch
        {
            0 => new AgentWithheld(agent, 1, null, Noon),
            1 => new AgentWithheld(agent, 1, new(TimeSpan.FromSeconds(1), flag, Noon), Noon),
            2 or 3 => new AgentReleased(agent, 1, Noon),
            4 => new AgentOut(agent, 1, Gone: false, Noon),
            _ => new LearnMaintenance([new([new($"{agent}.example", null)], Noon.AddHours(flag ? 1 : 2), null)], [], [], Noon),
        }], Noon));

    private static readonly Gen<AllocatorCommand> AnyCommand = Gen.OneOf<AllocatorCommand>(
        AnyFramework.Select(AllocatorCommand (id) => new Subscribe(id, Web with { Name = id.Value, Capabilities = ["SHARED_RESOURCES"], Roles = [id == Marathon ? "web" : "batch"] }, [], id, Noon)),
        Gen.Const<AllocatorCommand>(new Allocate(Noon)),
        Gen.Const<AllocatorCommand>(new Allocate(Noon.AddMinutes(1))),
        Gen.Select(AnyFramework, AnyOffers, AnyTask, AnyAgent, Gen.Int[1, 5],
            AllocatorCommand (f, offers, task, agent, cpus) => new Accept(f, offers, [Run(task, agent, cpus)], TimeSpan.Zero, Noon)),
        AnyChange,
        AnyChange,
        AnyStanding,
        Gen.Const<AllocatorCommand>(new Tick(Noon)),
        Gen.Select(AnyFramework, AnyOffers, AllocatorCommand (f, offers) => new Decline(f, offers, TimeSpan.FromSeconds(5), Noon)),
        Gen.Select(AnyAgent, AnyFramework, AnyTask, AnyReport, Gen.Int[1, 20],
            AllocatorCommand (a, f, t, s, n) => Reports(a, f, t, s, $"u{n}", lastCommand: n, incarnation: 2)),
        Gen.Select(AnyFramework, AnyTask, AnyAgent, Gen.Int[1, 20], AllocatorCommand (f, t, a, n) => new Acknowledge(f, t, a, $"u{n}", Noon)),
        Gen.Select(AnyFramework, AnyTask, AllocatorCommand (f, t) => new Kill(f, t, null, Noon)),
        Gen.Select(AnyAgent, Gen.Int[1, 3], Gen.Int[2, 6], AllocatorCommand (a, n, cpus) => new AgentJoined(Disky(a, cpus), n, Noon)),
        Gen.Select(AnyAgent, Gen.Int[1, 3], AllocatorCommand (a, n) => new AgentSilent(a, n, Noon)),
        Gen.Select(AnyAgent, Gen.Int[1, 3], AllocatorCommand (a, n) => new AgentHeard(a, n, Noon)),
        Gen.Select(AnyAgent, Gen.Int[0, 9], Gen.Bool, AllocatorCommand (a, n, all) => new Greet(new AgentHello(a, 3, n, all ? [] : null), Noon)),
        AnyFramework.Select(AllocatorCommand (id) => new Disconnect(id, 1, "gone", Noon)),
        Gen.Const<AllocatorCommand>(new TakeOver(Noon.AddSeconds(1))),
        Gen.Int[0, 2].Select(AllocatorCommand (which) => new SetWhitelist(which == 0 ? null : [$"agent-{which}.example"], Noon)),
        Gen.Int[1, 3].Select(AllocatorCommand (weight) => new UpdateWeights([new("web", weight)], "operator", Noon)),
        Gen.Const<AllocatorCommand>(SettingQuotas.Quota("web", "cpus:1", "cpus:3", force: true)),
        Gen.Const<AllocatorCommand>(new Tick(Noon.AddHours(2))),
        AnyFramework.Select(AllocatorCommand (id) => new Teardown(id, "asked", Noon)));

    [Fact]
    public void No_agent_owes_more_than_it_has_and_the_fold_is_the_state() =>
        AnyCommand.Array[0, 60].Sample(commands =>
        {
            var story = Story.Given(commands);
            story.OwesNoMoreThanItHas().ShouldBeTrue();
            story.FoldsToTheSame().ShouldBeTrue();
            story.Violations().ShouldBeEmpty();
        }, iter: 2000);

    [Fact]
    public void The_engine_has_free_what_the_state_has_free_and_one_made_anew_is_the_same() =>
        AnyCommand.Array[0, 60].Sample(commands =>
        {
            var story = Story.Given([new Allocate(Noon), .. commands]);
            var again = new AllocatorCore().Load(new AllocatorCore().Save(story.State));
            return Picture(story.State) == Picture(again) && story.State.Agents.Values.All(agent =>
                agent.Silent || agent.Removed || Ledger.EngineOf(story.State).Agent(agent.Description.Id.Value)!.Available.ToResources().Equals(agent.Free));
        }, iter: 2000);

    private static AgentDescription Disky(AgentId id, double cpus) =>
        Machine(id) with { Total = Resources.Of(Resource.Of("cpus", cpus), Resource.Of("mem", 4096), Resource.Of("disk", 500)) };

    // What decides about the next offers: shares, counts, what is held and what is free.
    private static string Picture(AllocatorState state)
    {
        var engine = Ledger.EngineOf(state);
        return string.Join('\n', engine.Agents.OrderBy(agent => agent.Id, StringComparer.Ordinal).Select(agent =>
                $"{agent.Id} {agent.Present} {agent.Available.ToResources()} {string.Join(',', Enumerable.Range(0, agent.HoldingCount).Select(i => $"{agent.Holdings[i].Client.Framework.Id} {agent.Holdings[i].Bag.ToResources()}").Order(StringComparer.Ordinal))}"))
            + string.Join('\n', engine.Frameworks.OrderBy(each => each.Id, StringComparer.Ordinal).SelectMany(each => each.Clients).Where(client => client.Node is not null)
                .Select(client => $"{client.Framework.Id}@{client.Role.Path} {client.Framework.Active} {client.Suppressed} {client.Node!.Count} {string.Join(',', client.Node.Allocated.Where(amount => amount > 0))} {client.Role.Node!.Count} {engine.ShareOf(client.Role.Path)}"));
    }

    [Fact]
    public void Commands_to_an_agent_are_numbered_without_holes() =>
        AnyCommand.Array[0, 60].Sample(commands => Story.Given(commands).State.Agents.Values.All(agent =>
            agent.Pending.Select(command => command.Number)
                .SequenceEqual(Enumerable.Range(0, agent.Pending.Count).Select(n => agent.Confirmed + 1 + n))
            && agent.LastCommand == agent.Confirmed + agent.Pending.Count), iter: 2000);

    [Fact]
    public void A_report_or_answer_repeated_at_once_adds_nothing() =>
        Gen.Select(AnyCommand.Array[0, 40], AnyCommand.Where(c => c is Report or Decline or Acknowledge or Kill or AgentJoined or AgentSilent or Greet))
            .Sample((commands, command) =>
            {
                // No agent says that it has done a command which only the answer to this report will give.
                var repeated = command is Report r ? r with { Reported = r.Reported with { LastCommand = 0 } } : command;
                return Story.Given([.. commands, repeated]).When(repeated).Last.Facts.Count == 0;
            }, iter: 2000);
}
