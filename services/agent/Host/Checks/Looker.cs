using System.Net.Sockets;
using Bourse.Agent.Host.Containers;
using Bourse.Agent.Host.Processes;
using Bourse.Agent.Host.Sandboxes;
using Bourse.Contracts;

namespace Bourse.Agent.Host.Checks;

/// <summary>Looks at tasks: runs the command, asks over HTTP, opens the connection. However a look ends, it is told.</summary>
internal sealed class Looker(Inbox inbox, WorkDirectory work, Containment containers) : IDisposable
{
    private const string ThisMachine = "127.0.0.1";

#pragma warning disable CA5359 // Whether the task answers is the question, not who it is: so does Mesos.
    private readonly HttpClient http = new(new SocketsHttpHandler
    {
        SslOptions = new() { RemoteCertificateValidationCallback = (_, _, _, _) => true },
        AllowAutoRedirect = false,
        PooledConnectionLifetime = TimeSpan.Zero,
        UseProxy = false,
    })
    { Timeout = Timeout.InfiniteTimeSpan };
#pragma warning restore CA5359

    public void Begin(LookAt look, CancellationToken stopping) => _ = Task.Run(async () =>
    {
        var result = await Look(look, stopping);
        inbox.Post((now, seed) => new SeeLook(look.Task.Run, look.Kind, look.Look, result, now, seed));
    }, stopping);

    public void Dispose() => http.Dispose();

    private async Task<CheckResult> Look(LookAt look, CancellationToken stopping)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        if (look.Spec.Timeout > TimeSpan.Zero)
            limit.CancelAfter(look.Spec.Timeout);
        try
        {
            return look.Spec switch
            {
                { Http: { } asked } => await Ask(asked, HostOf(look.Task), limit.Token),
                { Tcp: { } port } => await Connect(port, HostOf(look.Task), limit.Token),
                var spec => await Run(look.Task, spec.Command!, limit.Token),
            };
        }
        // A look that fails has no result, and that is one: the task is not well.
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException or UriFormatException or CannotStartException)
        {
            return new(look.Spec.Http is not null ? "HTTP" : look.Spec.Tcp is not null ? "TCP" : "COMMAND");
        }
    }

    // Where a task in a network of its own is reached from its machine.
    private static string HostOf(AgentTask task) =>
        task.Container?.Networks.SelectMany(network => network.Addresses).FirstOrDefault() ?? ThisMachine;

    private async Task<CheckResult> Ask(HttpCheck asked, string host, CancellationToken ct)
    {
        using var response = await http.GetAsync(
            new Uri($"{asked.Scheme}://{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{asked.Port}{asked.Path}"), HttpCompletionOption.ResponseHeadersRead, ct);
        return new("HTTP", StatusCode: (int)response.StatusCode);
    }

    private static async Task<CheckResult> Connect(int port, string host, CancellationToken ct)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(host, port, ct);
            return new("TCP", Succeeded: true);
        }
        catch (SocketException)
        {
            return new("TCP", Succeeded: false);
        }
    }

    private async Task<CheckResult> Run(AgentTask task, TaskCommand command, CancellationToken ct)
    {
        var start = containers.Inside(task.Run, command) ?? Beside.Prepare(task.Supervisor, work.Sandbox(task), command, task.Spec.Command.User ?? task.User);
        start.RedirectStandardOutput = start.RedirectStandardError = start.RedirectStandardInput = true;
        using var process = Beside.Start(start);
        process.StandardInput.Close();
        try
        {
            // Read to the end, so that a talkative command is not held up; nobody wants to know what it says.
            await Task.WhenAll(process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, ct), process.StandardError.BaseStream.CopyToAsync(Stream.Null, ct),
                process.WaitForExitAsync(ct));
            return new("COMMAND", ExitCode: process.ExitCode);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }
}
