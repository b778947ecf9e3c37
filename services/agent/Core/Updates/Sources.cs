namespace Bourse.Agent;

/// <summary>Who says so, as Mesos v1 names it.</summary>
internal static class Sources
{
    public const string Agent = "SOURCE_AGENT";

    public const string Executor = "SOURCE_EXECUTOR";
}
