using System.Net;
using System.Net.Http.Headers;
using Bourse.Conformance.Http;
using Bourse.Conformance.Wire;
using Bourse.MesosV1.Agent;
using Google.Protobuf;

namespace Bourse.Agent.Tests.Host;

/// <summary>What docs/mesos-compatibility.md says of agents, tried out; BOURSE_WRITE_DOCS=1 corrects it.</summary>
public sealed class TheCompatibilityTable
{
    [Fact]
    public async Task Has_every_call_of_operators_to_agents_as_it_is_answered()
    {
        await using var machine = new Machine(http: true);
        using var http = new HttpClient(new SocketsHttpHandler { ResponseDrainTimeout = TimeSpan.Zero });
        var found = new Dictionary<string, Found>();
        foreach (var type in SmallestCall.Types(Call.Descriptor))
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{machine.Http.Port}/api/v1");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Gateway.Operator);
            request.Content = new ByteArrayContent(SmallestCall.Of(Call.Descriptor, type).ToByteArray()) { Headers = { { "Content-Type", "application/x-protobuf" } } };
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
            if (answer.StatusCode != HttpStatusCode.NotImplemented)
            {
                ((int)answer.StatusCode).ShouldBeLessThan(500, type);
                found.Add(type, new(true));
                continue;
            }
            var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            text.ShouldContain("is not implemented: ", customMessage: "a call that is not served says why");
            found.Add(type, new(false, text[(text.IndexOf(": ", StringComparison.Ordinal) + 2)..]));
        }
        CompatibilityDocument.Check("Calls of operators to agents", found);
    }

    [Fact]
    public async Task Has_every_endpoint_from_before_v1_on_agents()
    {
        string[] endpoints =
        [
            "/state", "/containers", "/monitor/statistics", "/flags", "/version", "/health", "/metrics/snapshot",
            "/files/browse", "/files/read", "/files/download", "/files/debug",
        ];
        await using var machine = new Machine(http: true);
        var sandbox = machine.Launch("t", "sleep 600");
        await machine.Bus.Report(sandbox, Contracts.TaskState.Running);
        await RealTasks.Until(() => File.Exists(Path.Combine(machine.Sandbox("t"), "stdout")));
        using var http = new HttpClient();
        var found = new Dictionary<string, Found>();
        foreach (var endpoint in endpoints)
        {
            var query = endpoint == "/files/browse" ? $"?path={machine.Sandbox("t")}" : endpoint.StartsWith("/files/", StringComparison.Ordinal) ? $"?path={machine.Sandbox("t")}/stdout" : "";
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{machine.Http.Port}{endpoint}{query}");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Gateway.Operator);
            using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
            answer.StatusCode.ShouldBeOneOf(HttpStatusCode.OK, HttpStatusCode.NotFound);
            found.Add(endpoint, new(answer.IsSuccessStatusCode));
        }
        CompatibilityDocument.Check("Endpoints from before v1 on agents", found);
    }
}
