using Bourse.Contracts;

namespace Bourse.Allocator;

/// <summary>
/// One valid ACCEPT: its operations in order, each on what those before it left. One that fails is dropped, and those after it are
/// tried on what is there.
/// </summary>
internal sealed class Accepted
{
    private readonly AllocatorState state;
    private readonly Framework framework;
    private readonly Accept call;
    private readonly ValueList<OfferId> ids;
    private readonly string role;
    private readonly Agent agent;
    private readonly CommandNumbers numbers;
    private readonly List<IFact> facts = [];
    private Resources rest, made = Resources.None, kept;

    public Accepted(AllocatorState state, Framework framework, Accept call, ValueList<OfferId> ids, List<Offer> offers)
    {
        (this.state, this.framework, this.call, this.ids) = (state, framework, call, ids);
        (role, agent, numbers) = (offers[0].Role, state.Agents[offers[0].AgentId], new CommandNumbers(state));
        rest = Pool.Once(offers.SelectMany(offer => offer.Resources.AllocatedTo(null).Entries));
        kept = agent.Kept;
    }

    public List<IFact> Facts()
    {
        foreach (var operation in call.All)
        {
            switch (operation)
            {
                case LaunchTasks launch:
                    foreach (var together in launch.Tasks.GroupBy(task => task.Group ?? $"task {task.TaskId}"))
                        Launch([.. together]);
                    break;
                case Conversion conversion:
                    Convert(conversion);
                    break;
            }
        }
        // What was made and not used is offered again at once; only what was left alone counts as turned down.
        var unused = rest - Pool.Common(rest, made);
        facts.Insert(0, new OffersAccepted(
            framework.Id, ids, agent.Description.Id, role, unused, RefuseFor.Until(call.Now, call.RefuseFor), call.Now));
        return facts;
    }

    private void Launch(List<Launch> together)
    {
        if (together[0].Group is not null)
        {
            // Groups are judged as a whole before anything of them is taken: all or none.
            var (judged, left, wrong) = (facts.ToList(), rest, (string?)null);
            foreach (var launch in together)
                wrong ??= Take(launch, judged, ref left, number: static () => 0);
            if (wrong is not null)
            {
                facts.AddRange(together.Select(launch => Accepting.Refused(framework, launch, TaskState.Error, "REASON_TASK_GROUP_INVALID", wrong, call.Now)));
                return;
            }
        }
        foreach (var launch in together)
            if (Take(launch, facts, ref rest, () => numbers.Next(agent.Description.Id)) is { } unfit)
                facts.Add(Accepting.Refused(framework, launch, TaskState.Error, "REASON_TASK_INVALID", unfit, call.Now));
        made = Pool.Common(made, rest); // what was made and is used is not left
    }

    private string? Take(Launch launch, List<IFact> into, ref Resources from, Func<long> number)
    {
        var executor = Accepting.ExecutorOf(launch, framework, agent, into);
        if (TaskRules.Problem(launch, framework, agent, from, into, executor) is { } unfit)
            return unfit;
        if (executor.New is { } started)
        {
            started = started with { Resources = started.Resources.AllocatedTo(role) };
            from = from.Used(started.Resources.AllocatedTo(null));
            into.Add(new ExecutorLaunched(framework.Id, started, agent.Description.Id, role, framework.Description, number(), call.Now));
        }
        var spec = launch.Spec! with { Resources = launch.Spec.Resources.AllocatedTo(role) };
        from = from.Used(spec.Resources.AllocatedTo(null));
        into.Add(new TaskLaunched(framework.Id, spec, agent.Description.Id, role, ids[0], framework.Description.Principal, number(), call.Now));
        return null;
    }

    private void Convert(Conversion operation)
    {
        var (converted, problem) = OperationRules.Judge(state, agent, operation, new Asker(framework.Description.Principal, framework, role));
        if (converted is not null && !rest.CanTake(converted.Consumed))
            problem = $"The operation needs {converted.Consumed}; the offers have {rest} left";
        if (problem is null && operation.Type == OperationType.Create && Exists(converted!.Produced) is { } id)
            problem = $"Persistence ID '{id}' is in use in the role on the agent";
        if (problem is null && operation.Type == OperationType.Destroy && UsedHere(converted!.Consumed) is { } user)
            problem = $"A volume is in use by task {user}";
        if (problem is not null)
        {
            facts.Add(new OperationRefused(framework.Id, agent.Description.Id, operation.Type, operation.Id, problem, call.Now));
            return;
        }

        var (consumed, produced) = (converted!.Consumed, converted.Produced);
        rest -= consumed;
        made -= Pool.Common(made, consumed);
        // The agent may not have room for what a resize gives, so it can be used from the next offer on.
        if (operation.Type is not (OperationType.GrowVolume or OperationType.ShrinkVolume))
        {
            rest += produced;
            made += produced;
        }
        facts.AddRange(Operating.RescindVolumes(state, agent.Description.Id, consumed, ids, call.Now));
        var applied = Operating.Applied(
            agent, operation, converted, framework.Id, framework.Description.Principal, numbers.Next(agent.Description.Id), call.Now, kept);
        kept = applied.Kept;
        facts.Add(applied);
    }

    // An id that an operation before this one made, in this very call.
    private string? Exists(Resources volumes) => volumes.Entries.FirstOrDefault(volume => kept.Entries.Any(entry =>
        entry.Disk?.PersistenceId == volume.Disk!.PersistenceId && entry.ReservedFor == volume.ReservedFor))?.Disk!.PersistenceId;

    // A shared volume that a task launched in this very call uses.
    private TaskId? UsedHere(Resources volumes) => facts.OfType<TaskLaunched>()
        .FirstOrDefault(task => task.Spec.Resources.AllocatedTo(null).Entries.Any(volumes.Entries.Contains))?.Spec.Id;
}
