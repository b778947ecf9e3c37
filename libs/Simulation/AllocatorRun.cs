using Bourse.Allocator;
using Bourse.Allocator.Engine;

namespace Bourse.Simulation;

/// <summary>
/// Scenarios of the allocator: an engine on a paused clock. After each step the run that it triggers is completed; a batch run happens
/// at every multiple of the allocation interval.
/// </summary>
internal sealed partial class AllocatorRun : IScenarioRun
{
    private readonly AllocationEngine engine;
    private readonly List<AllocationReport> sinceCheck = [];
    private readonly List<Allocation> outstanding = [];
    private readonly List<InverseReport> inverseSinceCheck = [];
    private readonly HashSet<string> removed = new(StringComparer.Ordinal);
    private readonly long interval;
    private long now, seed;

    // What the step made so far, for its report.
    private List<AllocationReport> allocated = [];
    private List<InverseReport> inverse = [];

    // A recovering allocator waits for its agents; what would trigger a run meanwhile is not remembered.
    private bool paused;
    private int awaited;
    private long resumeAt;

    public AllocatorRun(Args? config, long seed)
    {
        this.seed = seed;
        var options = new EngineOptions { MesosCompatible = true };
        interval = TimeSpan.TicksPerSecond;
        if (config is not null)
        {
            if (config.Take("allocation_interval") is { } seconds)
                interval = Ticks(seconds);
            options = options with
            {
                MesosCompatible = config.Take("mesos_compatible")?.Truth() ?? true,
                FilterGpus = config.Take("filter_gpu")?.Truth() ?? true,
                FairSharingExcluded = config.Take("fair_sharing_excluded")?.Words() ?? [],
                Region = config.Take("master_region")?.Text(),
                RandomRoles = config.Take("role_sorter")?.Text() == "random",
                RandomFrameworks = config.Take("framework_sorter")?.Text() == "random",
            };
            if (config.Take("min_allocatable") is { } minimum)
                options = options with { MinAllocatable = Reading.Minimum(minimum) };
            config.End();
        }
        engine = new AllocationEngine(options);
    }

    public StepReport Step(int number, string name, Value value)
    {
        (allocated, inverse) = ([], []);
        var failure = Checks(name, value, out var isCheck);
        if (!isCheck)
            Act(name, value);
        return new(number, name, value.ToString(), Seconds(now), allocated, inverse, failure);
    }

    // What the scenario did to the engine is done; now the run that it caused.
    private void Allocate(params IReadOnlyCollection<AgentSlot>? only)
    {
        if (paused)
            return;
        foreach (var made in engine.Run(seed++, only))
        {
            var report = new AllocationReport(made.Client.Framework.Id, made.Client.Role.Path, made.Agent.Id, ResourceText.Write(made.Bag), Seconds(now));
            allocated.Add(report);
            sinceCheck.Add(report);
            outstanding.Add(made);
        }
        foreach (var (framework, agent) in engine.InverseOffers(only))
        {
            inverse.Add(new(framework.Id, agent.Id));
            inverseSinceCheck.Add(inverse[^1]);
        }
    }

    private void Advance(long by)
    {
        var target = now + by;
        for (var batch = ((now / interval) + 1) * interval; batch <= target; batch += interval)
        {
            now = batch;
            if (paused && now >= resumeAt)
                paused = false;
            // A filter that ends at this instant has this run still in its time.
            engine.Expire(now - 1);
            Allocate(null);
            engine.Expire(now);
        }
        now = target;
        if (paused && now >= resumeAt)
            paused = false;
        engine.Expire(now);
    }

    private static double Seconds(long ticks) => ticks / (double)TimeSpan.TicksPerSecond;

    private static long Ticks(Value seconds) => seconds.Number() is >= 0 and < 1e11 and var number
        ? (long)Math.Round(number * TimeSpan.TicksPerSecond)
        : throw seconds.Wrong("seconds from 0");

    private AgentSlot Agent(Value id) => engine.Agent(id.Text()) ?? throw id.Error($"there is no agent '{id.Text()}'");

    private FrameworkSlot Framework(Value id) => engine.Framework(id.Text()) is { Known: true } found
        ? found
        : throw id.Error($"there is no framework '{id.Text()}'");

    private ClientSlot Holder(Value framework, Value role, AgentSlot agent)
    {
        for (var i = 0; i < agent.HoldingCount; i++)
            if (agent.Holdings[i].Client is var client && client.Framework.Id == framework.Text() && client.Role.Path == role.Text())
                return client;
        throw framework.Error($"{framework.Text()} holds nothing of {agent.Id} in role {role.Text()}");
    }

    private Bag Resources(Value? value) => value is { } text ? ResourceText.Read(text, engine.Kinds) : Bag.Empty;
}
