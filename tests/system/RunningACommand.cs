namespace Bourse.SystemTests;

[Collection(OneCluster.Name)]
public sealed class RunningACommand(Cluster cluster)
{
    [Fact]
    public async Task Gives_its_output_and_its_exit_code_ten_times_out_of_ten()
    {
        var here = (await CommandLine.Run("hostname", "/", TimeSpan.FromSeconds(5))).Output;
        for (var time = 1; time <= 10; time++)
        {
            var outcome = await cluster.Cli("run", "--", "sh", "-c", "hostname; exit 3");
            outcome.ExitCode.ShouldBe(3, $"time {time}: {outcome}");
            outcome.Output.ShouldBe(here, $"time {time}: {outcome}");
        }
    }

    [Fact]
    public async Task Keeps_output_and_errors_apart()
    {
        var outcome = await cluster.Cli("run", "--", "sh", "-c", "echo out; echo err >&2");
        outcome.ExitCode.ShouldBe(0, outcome.ToString());
        outcome.Output.ShouldBe("out\n");
        outcome.Errors.ShouldBe("err\n");
    }

    [Fact]
    public async Task Says_which_instance_printed_a_line()
    {
        var outcome = await cluster.Cli("run", "--instances", "3", "--name", "three", "--", "echo", "here");
        outcome.ExitCode.ShouldBe(0, outcome.ToString());
        outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order()
            .ShouldBe(["[three.1] here", "[three.2] here", "[three.3] here"]);
    }

    [Fact]
    public async Task Leaves_the_output_for_later()
    {
        var run = await cluster.Ask("run", "--", "echo", "remembered");
        var id = run["tasks"]![0]!["id"]!.GetValue<string>();
        (await cluster.Cli("logs", id)).Output.ShouldBe("remembered\n");

        var explained = await cluster.Ask("explain", "task", id);
        explained["state"]!.GetValue<string>().ShouldBe("TASK_FINISHED");
        explained["timeline"]!.AsArray().Count.ShouldBeGreaterThan(3);
    }

    [Fact]
    public async Task Names_a_program_that_is_not_there()
    {
        var outcome = await cluster.Cli("run", "--", "no-such-program");
        outcome.ExitCode.ShouldNotBe(0, outcome.ToString());
        (outcome.Output + outcome.Errors).ShouldContain("no-such-program");
    }
}
