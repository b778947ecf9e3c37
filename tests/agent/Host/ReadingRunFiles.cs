using Bourse.Agent.Host.Processes;

namespace Bourse.Agent.Tests.Host;

public sealed class ReadingRunFiles
{
    private static readonly ProcessIdentity Supervisor = new(12, 345);

    [Theory]
    [InlineData("supervisor 12 345\nexit 3\n", 3, null)]
    [InlineData("supervisor 12 345\nexit 137\n", 137, null)]
    [InlineData("supervisor 12 345\nKilled\nexit 137\n", null, 9)]
    [InlineData("supervisor 12 345\nsh: 1: cannot create x\nexit 2\n", 2, null)]
    public void Tells_codes_from_signals(string text, int? code, int? signal) =>
        RunFile.Parse(text).ShouldBe(new RunFile(Supervisor, new ExitStatus(code, signal)));

    [Theory]
    [InlineData("supervisor 12 345\n")]
    [InlineData("supervisor 12 345\nexit 1")]
    [InlineData("supervisor 12 345\nKilled\n")]
    public void Takes_nothing_that_is_not_complete(string text) => RunFile.Parse(text).ShouldBe(new RunFile(Supervisor, null));

    [Theory]
    [InlineData("")]
    [InlineData("supervisor 12 34")]
    public void Knows_nobody_before_the_claim(string text) => RunFile.Parse(text).ShouldBe(new RunFile(null, null));
}
