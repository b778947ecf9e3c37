using System.Net;
using System.Text;
using System.Text.Json;
using static Bourse.Edge.Tests.EdgeHost;

namespace Bourse.Edge.Tests;

public sealed class AnsweringARequest
{
    [Fact]
    public async Task Keeps_the_trace_id_of_the_caller_as_correlation()
    {
        await using var host = await Start();
        var answer = await host.Get("/origin", Bearer(FrameworkSecret), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        var origin = await Read(answer);
        origin.ShouldContain("4bf92f3577b34da6a3ce929d0e0e4736");
        origin.ShouldContain("marathon");
        answer.Headers.GetValues(Edges.CorrelationHeader).ShouldBe(["4bf92f3577b34da6a3ce929d0e0e4736"]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("garbage")]
    [InlineData("00-00000000000000000000000000000000-00f067aa0ba902b7-01")]
    public async Task Makes_a_fresh_correlation_otherwise(string? traceparent)
    {
        await using var host = await Start();
        var ids = new HashSet<string>();
        for (var i = 0; i < 2; i++)
        {
            var answer = await host.Get("/origin", Bearer(FrameworkSecret), traceparent);
            ids.Add(JsonDocument.Parse(await Read(answer)).RootElement.GetProperty("correlation").GetString()!);
        }
        ids.Count.ShouldBe(2);
        ids.ShouldAllBe(id => id.Length == 32 && id.Trim('0').Length > 0);
    }

    [Fact]
    public async Task Is_live_while_it_is_not_ready()
    {
        await using var host = await Start();
        (await host.Get("/health/ready")).StatusCode.ShouldBe(HttpStatusCode.OK);
        host.Ready = false;
        (await host.Get("/health/live")).StatusCode.ShouldBe(HttpStatusCode.OK);
        var answer = await host.Get("/health/ready");
        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await Read(answer)).ShouldContain("no database");
    }

    [Fact]
    public async Task Names_a_failure_without_its_insides()
    {
        await using var host = await Start();
        (await host.Get("/away")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        var broken = await host.Get("/broken");
        broken.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        broken.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        (await Read(broken)).ShouldNotContain("inner detail");
    }

    [Fact]
    public async Task Refuses_an_oversized_body()
    {
        await using var host = await Start(("Bourse:MaxBodyBytes", "1000"));
        using var body = new StringContent(new('x', 1001), Encoding.UTF8);
        var answer = await host.Client.PostAsync(new Uri("/body", UriKind.Relative), body, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
    }

    private static Task<string> Read(HttpResponseMessage answer) => answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
}
