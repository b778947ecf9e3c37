using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Bourse.Client;
using Bourse.Conformance.Http;
using Bourse.MesosV1;
using Bourse.MesosV1.Scheduler;
using Task = System.Threading.Tasks.Task;

namespace Bourse.Conformance.Clients;

/// <summary>The edge under TLS, which <c>Bourse__Listen=https://…</c> and a certificate of <c>Kestrel__Certificates__Default__Path</c> turn on.</summary>
public sealed class SchedulersOverTls : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("bourse-tls-");
    private readonly X509Certificate2 certificate;
    private readonly TestCluster cluster;

    public SchedulersOverTls()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=bourse", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var (pem, secret) = (Path.Combine(folder.FullName, "edge.pem"), Path.Combine(folder.FullName, "edge.key"));
        File.WriteAllText(pem, certificate.ExportCertificatePem());
        File.WriteAllText(secret, key.ExportPkcs8PrivateKeyPem());
        cluster = new((pem, secret));
    }

    public ValueTask InitializeAsync() => cluster.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await cluster.DisposeAsync();
        certificate.Dispose();
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(WireEncoding.Json, false)]
    [InlineData(WireEncoding.Protobuf, true)]
    public async Task Subscribe_and_call_by_either_kind_of_credential(WireEncoding encoding, bool basic)
    {
        cluster.Address.Scheme.ShouldBe("https");
        const string secret = "alice-0123456789-secret";
        using var scheduler = new SchedulerClient(cluster.Address, new FrameworkInfo { User = "root", Name = "tls" }, new()
        {
            Encoding = encoding,
            Credential = basic ? ClientCredential.Basic("alice", secret) : ClientCredential.Bearer(secret),
            Handler = Trusting,
        });
        await foreach (var e in scheduler.Events(TestContext.Current.CancellationToken))
            if (e.Type == Event.Types.Type.Heartbeat)
                (await scheduler.Teardown(TestContext.Current.CancellationToken)).ShouldBeTrue();
        scheduler.Subscriptions.ShouldBe(1);
    }

    [Theory]
    [InlineData("alice:wrong")]
    [InlineData("bob:alice-0123456789-secret")]
    [InlineData("alice")]
    public async Task Are_refused_with_anything_else(string credentials)
    {
        using var client = new HttpClient(Trusting());
        var request = cluster.Request("/api/v1/scheduler", """{"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"u","name":"n"}}}""", principal: "");
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(credentials)));
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        answer.Headers.WwwAuthenticate.ShouldContain(challenge => challenge.Scheme == "Basic");
    }

    [Fact]
    public async Task Do_not_speak_to_whom_they_do_not_trust()
    {
        using var scheduler = new SchedulerClient(
            cluster.Address, new FrameworkInfo { User = "root", Name = "tls" },
            new() { FirstPause = TimeSpan.FromMilliseconds(1), Patience = TimeSpan.FromMilliseconds(50), Credential = ClientCredential.Bearer("t") });
        var lost = await Should.ThrowAsync<ConnectionLostException>(async () =>
        {
            await foreach (var _ in scheduler.Events(TestContext.Current.CancellationToken))
            {
            }
        });
        lost.InnerException!.Message.ShouldContain("SSL");
    }

    private SocketsHttpHandler Trusting() => new()
    {
        AllowAutoRedirect = false,
        SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, given, _, _) => given is not null && given.GetCertHashString() == certificate.GetCertHashString(),
        },
    };
}
