using System.Net;
using static Bourse.Edge.Tests.EdgeHost;

namespace Bourse.Edge.Tests;

public sealed class KnowingACaller
{
    [Theory]
    [InlineData("/operator", OperatorSecret, HttpStatusCode.OK)]
    [InlineData("/framework", OperatorSecret, HttpStatusCode.OK)]
    [InlineData("/agent", OperatorSecret, HttpStatusCode.OK)]
    [InlineData("/operator", FrameworkSecret, HttpStatusCode.Forbidden)]
    [InlineData("/framework", FrameworkSecret, HttpStatusCode.OK)]
    [InlineData("/agent", FrameworkSecret, HttpStatusCode.Forbidden)]
    [InlineData("/operator", AgentSecret, HttpStatusCode.Forbidden)]
    [InlineData("/framework", AgentSecret, HttpStatusCode.Forbidden)]
    [InlineData("/agent", AgentSecret, HttpStatusCode.OK)]
    public async Task Lets_each_kind_do_what_its_policy_says(string path, string secret, HttpStatusCode expected)
    {
        await using var host = await Start();
        (await host.Get(path, Bearer(secret))).StatusCode.ShouldBe(expected);
    }

    [Fact]
    public async Task Takes_basic_credentials_as_Mesos_clients_send_them()
    {
        await using var host = await Start();
        (await Read(await host.Get("/framework", Basic("marathon", FrameworkSecret)))).ShouldBe("marathon");
    }

    [Fact]
    public async Task Refuses_strangers_and_says_how_to_be_known()
    {
        await using var host = await Start();
        var answer = await host.Get("/framework");
        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        answer.Headers.WwwAuthenticate.Select(h => h.Scheme).ShouldBe(["Bearer", "Basic"]);
        (await Read(answer)).ShouldContain("\"code\":\"unauthenticated\"");
    }

    public static TheoryData<string, string> WrongCredentials => new()
    {
        { "Bearer", "operator-secret-0002" },
        { "Bearer", OperatorSecret + "x" },
        { "Basic", Basic("somebody", OperatorSecret).Parameter! },
        { "Basic", Basic("operator", FrameworkSecret).Parameter! },
        { "Basic", "not base64!" },
        { "Basic", "bm9jb2xvbg==" },
        { "Digest", OperatorSecret },
    };

    [Theory, MemberData(nameof(WrongCredentials))]
    public async Task Refuses_wrong_credentials_even_where_strangers_are_let_in(string scheme, string parameter)
    {
        await using var host = await Start(("Bourse:Open", "true"));
        (await host.Get("/framework", new(scheme, parameter))).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Lets_strangers_in_as_anonymous_when_open()
    {
        await using var host = await Start(("Bourse:Open", "true"));
        (await Read(await host.Get("/framework"))).ShouldBe("anonymous");
        (await Read(await host.Get("/operator"))).ShouldBe("anonymous");
        (await host.Get("/agent")).StatusCode.ShouldBe(HttpStatusCode.OK, "an operator may everything");
    }

    [Theory]
    [InlineData("http://0.0.0.0:5050")]
    [InlineData("http://*:5050")]
    [InlineData("http://[::]:5050")]
    [InlineData("http://127.0.0.1:5050;http://10.0.0.1:5050")]
    public async Task Is_never_left_to_strangers_from_other_machines(string listen)
    {
        var refused = await Should.ThrowAsync<InvalidOperationException>(() => Start(("Bourse:Open", "true"), ("Bourse:Listen", listen)));
        refused.Message.ShouldContain("Bourse__Open");
    }

    [Fact]
    public async Task Takes_settings_from_a_file_of_its_own()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, """{"Bourse":{"Open":true}}""", TestContext.Current.CancellationToken);
        await using var host = await Start(("Bourse:SettingsFile", file));
        (await Read(await host.Get("/framework"))).ShouldBe("anonymous");
        File.Delete(file);
        await Should.ThrowAsync<FileNotFoundException>(() => Start(("Bourse:SettingsFile", file)));
    }

    private static Task<string> Read(HttpResponseMessage answer) => answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
}
