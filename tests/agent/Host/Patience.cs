using System.Globalization;

namespace Bourse.Agent.Tests.Host;

/// <summary>How long tests wait for what must happen: longer by the factor BOURSE_TEST_PATIENCE on machines that are slow.</summary>
internal static class Patience
{
    private static readonly double Factor =
        Environment.GetEnvironmentVariable("BOURSE_TEST_PATIENCE") is { Length: > 0 } given ? double.Parse(given, CultureInfo.InvariantCulture) : 1;

    public static TimeSpan Of(double seconds) => TimeSpan.FromSeconds(seconds * Factor);
}
