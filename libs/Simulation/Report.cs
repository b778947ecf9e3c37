namespace Bourse.Simulation;

/// <summary>What a scenario did.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">What it is about.</param>
/// <param name="Kind"><c>allocator</c>, <c>sorter</c> or <c>statistical</c>.</param>
/// <param name="Steps">What each step did, in order.</param>
public sealed record ScenarioReport(string Id, string Name, string Kind, IReadOnlyList<StepReport> Steps)
{
    /// <summary>Every expectation held.</summary>
    public bool Passed => Steps.All(step => step.Failure is null);
}

/// <summary>What one step did.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Step">The step's name.</param>
/// <param name="Text">The step as written.</param>
/// <param name="At">Seconds of virtual time at its end.</param>
/// <param name="Allocations">Made by the runs it caused.</param>
/// <param name="InverseOffers">Sent by the runs it caused.</param>
/// <param name="Failure">Why an expectation did not hold; null otherwise.</param>
public sealed record StepReport(
    int Number,
    string Step,
    string Text,
    double At,
    IReadOnlyList<AllocationReport> Allocations,
    IReadOnlyList<InverseReport> InverseOffers,
    FailureReport? Failure)
{
    /// <summary>Whether the step only looks.</summary>
    public bool IsCheck => Step.StartsWith("expect", StringComparison.Ordinal) || Step == "alternate";
}

/// <summary>Resources allocated by a run.</summary>
/// <param name="Framework">To whom.</param>
/// <param name="Role">In which role.</param>
/// <param name="Agent">Of which agent.</param>
/// <param name="Resources">What, as scenario files write it.</param>
/// <param name="At">Seconds of virtual time.</param>
public sealed record AllocationReport(string Framework, string Role, string Agent, string Resources, double At);

/// <summary>A framework was asked to leave an agent.</summary>
/// <param name="Framework">Who.</param>
/// <param name="Agent">Which.</param>
public sealed record InverseReport(string Framework, string Agent);

/// <summary>An expectation that did not hold.</summary>
/// <param name="Expected">What the scenario says.</param>
/// <param name="Happened">What was.</param>
public sealed record FailureReport(IReadOnlyList<string> Expected, IReadOnlyList<string> Happened);
