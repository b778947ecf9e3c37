using Bourse.Contracts.Messages;
using Bourse.Journal;

namespace Bourse.Allocator.Host.Loop;

/// <summary>Hands the allocator's invariants to the verification of its journal.</summary>
internal sealed class Invariants : IInvariants<AllocatorState>
{
    private readonly AllocatorInvariants invariants = new();

    public void Before(AllocatorState state, Recorded recorded)
    {
    }

    public void After(AllocatorState state, Recorded recorded) => invariants.See(recorded.Position, recorded.Fact);

    public IEnumerable<Check> Checks() => invariants.Results;
}
