using Bourse.Bench.Agent;
using Bourse.Bench.Allocator;
using Bourse.Bench.Edge;
using Bourse.Bench.EndToEnd;
using Bourse.Bench.Journal;
using Bourse.Bench.Placements;

// dotnet run -c Release --project bench -- WHAT    prints figures of ours beside those of the plainest alternative, in one run.
return args switch
{
    ["tasks"] => await EndToEndBench.Run(Directory.GetCurrentDirectory(), CancellationToken.None),
    ["streams"] => await StreamsBench.Run(Directory.GetCurrentDirectory(), CancellationToken.None),
    ["journal", .. var what] => await JournalBench.Run(what),
    ["placements"] => await PlacementBench.Run(),
    ["agent", .. var what] => await AgentBench.Run(what),
    ["allocator", .. var what] => AllocatorBench.Run(what),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: dotnet run -c Release --project bench -- tasks | placements | streams | journal [subjects] | agent [--tasks N] | allocator [--max-agents N]   (from the repository's root)");
    return 2;
}
