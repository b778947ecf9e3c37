using System.Net;
using System.Text;

namespace Bourse.Compose.Tests;

public sealed class BringingUpACluster(ComposedCluster cluster)
{
    const string Canary = "canary-of-compose-0b1e";

    [Fact]
    public async Task Runs_commands_on_its_agents()
    {
        cluster.OrSkip();
        var run = await cluster.Bourse("run", "--", "sh", "-c", "hostname; exit 3");
        run.ExitCode.ShouldBe(3, run.Error);
        run.Output.Trim().ShouldBeOneOf("agent-1", "agent-2");
    }

    [Fact]
    public async Task Knows_its_callers()
    {
        cluster.OrSkip();
        using var http = new HttpClient { BaseAddress = new($"http://127.0.0.1:{cluster.Port}") };
        using var call = new StringContent("""{"type":"GET_STATE"}""", Encoding.UTF8, "application/json");
        (await http.GetAsync(new Uri("/health/ready", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await http.PostAsync(new Uri("/api/v1", UriKind.Relative), call, TestContext.Current.CancellationToken)).StatusCode
            .ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Gives_a_secret_to_whom_it_was_granted_and_shows_it_to_no_log()
    {
        cluster.OrSkip();
        (await cluster.Bourse("secrets", "put", "db/password", Canary)).OrFail("put");
        var refused = await cluster.Bourse("run", "--secret", "db/password=PASSWORD", "--", "sh", "-c", "printf %s \"$PASSWORD\" | wc -c");
        refused.ExitCode.ShouldNotBe(0);
        refused.Error.ShouldContain("no grant");

        (await cluster.Bourse("secrets", "grant", "db/password", "default")).OrFail("grant");
        var given = await cluster.Bourse("run", "--secret", "db/password=PASSWORD", "--", "sh", "-c", "printf %s \"$PASSWORD\" | wc -c");
        given.OrFail("run").Output.Trim().ShouldBe($"{Canary.Length}");

        var logs = await cluster.Compose(TimeSpan.FromMinutes(1), "logs", "--no-color");
        logs.Output.ShouldContain("Leading the secrets journal");
        logs.Output.ShouldNotContain(Canary);
    }

    [Fact]
    public async Task Shows_each_process_its_own_settings_only()
    {
        cluster.OrSkip();
        var seen = await cluster.Compose(TimeSpan.FromMinutes(1), "exec", "-T", "agent-1", "sh", "-c", "cat /settings/*; ls /settings; id -u");
        seen.OrFail("exec").Output.ShouldContain("agent-1");
        seen.Output.ShouldNotContain("agent-2");
        seen.Output.ShouldNotContain("Postgres");
        seen.Output.ShouldNotContain("master.key");
        seen.Output.TrimEnd().ShouldEndWith("1654", customMessage: "nothing runs as root");
    }

    [Fact]
    public async Task Provisions_again_without_changing_anything()
    {
        cluster.OrSkip();
        var before = await Settings();
        (await cluster.Compose(TimeSpan.FromMinutes(2), "run", "--rm", "-T", "provision")).OrFail("provision");
        (await Settings()).ShouldBe(before);

        async Task<string> Settings() =>
            (await cluster.Compose(TimeSpan.FromMinutes(1), "exec", "-T", "secrets", "sh", "-c", "cat /settings/*")).OrFail("exec").Output;
    }

    [Fact]
    public async Task Goes_on_after_its_services_were_started_again()
    {
        cluster.OrSkip();
        (await cluster.Bourse("run", "--", "true")).OrFail("run");
        (await cluster.Compose(TimeSpan.FromMinutes(2), "restart", "--timeout", "5", "allocator", "registry", "secrets")).OrFail("restart");
        (await cluster.Compose(TimeSpan.FromMinutes(5), "up", "-d", "--wait", "--wait-timeout", "240")).OrFail("up");
        (await cluster.Bourse("run", "--", "true")).OrFail("run after the restart");
        (await cluster.Bourse("replay", "verify")).OrFail("verify").Output.ShouldContain("Every guarantee checked holds");
    }
}
