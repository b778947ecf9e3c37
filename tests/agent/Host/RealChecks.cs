using System.Net;
using System.Net.Sockets;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using static Bourse.Agent.Tests.Example;

namespace Bourse.Agent.Tests.Host;

public sealed class RealChecks
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(100);

    private static CheckSpec Command(string shell) => new(new(Shell: true, shell), null, null, Soon, Soon, TimeSpan.FromSeconds(5));

    private static void Launch(Machine machine, HealthSpec? health, CheckSpec? check = null) => machine.Bus.Command(number =>
    {
        var launch = Machine.LaunchOf(number, "t", new(Shell: true, "while :; do sleep 0.1; done", Environment: [new("MINE", "1")]), []);
        return launch with { Spec = launch.Spec with { Health = health, Check = check } };
    });

    private static async Task<TaskUpdate> Update(Machine machine, Func<TaskUpdate, bool> condition)
    {
        await RealTasks.Until(() => machine.Bus.Reports.Exists(report => condition(report.Update)));
        return machine.Bus.Reports.Find(report => condition(report.Update))!.Update;
    }

    [Fact]
    public async Task A_command_runs_in_the_sandbox_with_the_environment_of_the_task()
    {
        await using var machine = new Machine();
        Launch(machine, new(Command("test \"$MINE\" = 1 && test \"$PWD\" = \"$MESOS_SANDBOX\" && test ! -e ill"), Failures: 2, Grace: TimeSpan.Zero));
        await Update(machine, update => update.Healthy == true);
        File.WriteAllText(Path.Combine(machine.Sandbox("t"), "ill"), "");
        await Update(machine, update => update.Healthy == false);
        var end = (await machine.Bus.End(new("t"))).Update;
        (end.State, end.Healthy).ShouldBe((TaskState.Killed, false));
        machine.Bus.Reports.Count(report => report.Update is { State: TaskState.Running, Healthy: false }).ShouldBe(2);
    }

    [Fact]
    public async Task A_command_that_takes_too_long_has_failed()
    {
        await using var machine = new Machine();
        Launch(machine, new(Command("sleep 4247") with { Timeout = Soon }, Failures: 1, Grace: TimeSpan.Zero));
        (await machine.Bus.End(new("t"))).Update.Healthy.ShouldBe(false);
    }

    [Fact]
    public async Task An_open_port_is_well_and_a_closed_one_is_not()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await using var machine = new Machine();
        Launch(machine, new(new(null, null, port, Soon, Soon, TimeSpan.FromSeconds(5)), Failures: 3, Grace: TimeSpan.Zero));
        await Update(machine, update => update.Healthy == true);
        listener.Stop();
        await Update(machine, update => update.Healthy == false);
        (await machine.Bus.End(new("t"))).Update.State.ShouldBe(TaskState.Killed);
    }

    [Fact]
    public async Task An_HTTP_check_goes_by_the_status()
    {
        using var listener = new HttpListener();
        var port = Servers.Ports.Free(1)[0];
        listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        listener.Start();
        var status = 204;
        _ = Answer();
        await using var machine = new Machine();
        var check = new CheckSpec(null, new(port, "/up?x=1"), null, Soon, Soon, TimeSpan.FromSeconds(5));
        Launch(machine, new(check, Failures: 100, Grace: TimeSpan.Zero), check);
        await Update(machine, update => update is { Healthy: true, Check.StatusCode: 204 });
        Volatile.Write(ref status, 503);
        await Update(machine, update => update is { Healthy: false, Check.StatusCode: 503 });
        listener.Stop();

        async Task Answer()
        {
            while (listener.IsListening)
            {
                var context = await listener.GetContextAsync();
                context.Response.StatusCode = context.Request.RawUrl == "/up?x=1" ? Volatile.Read(ref status) : 500;
                context.Response.Close();
            }
        }
    }

    [Fact]
    public async Task Tasks_of_a_group_share_a_directory_and_end_together()
    {
        await using var machine = new Machine();
        Group(machine, ("a", "echo hello > ../shared; while :; do sleep 0.1; done"), ("b", "while [ ! -e ../shared ] || [ ! -e ../go ]; do sleep 0.1; done; cat ../shared; exit 3"),
            ("c", "exit 0"));
        (await machine.Bus.End(new("c"))).Update.State.ShouldBe(TaskState.Finished);
        await File.WriteAllTextAsync(Path.Combine(machine.Sandbox("pod"), "tasks", "go"), "", TestContext.Current.CancellationToken);
        (await machine.Bus.End(new("b"))).Update.State.ShouldBe(TaskState.Failed);
        (await machine.Bus.End(new("a"))).Update.State.ShouldBe(TaskState.Killed);
        File.ReadAllText(Path.Combine(machine.Sandbox("pod"), "tasks", "b", "stdout")).ShouldBe("hello\n");
        await RealTasks.Until(() => machine.Bus.Others.OfType<ExecutorReported>().Any(report => report is { Status: 0, Run: 1 }));
    }

    private static void Group(Machine machine, params (string Id, string Shell)[] tasks) => machine.Bus.Commands(
    [
        number => new LaunchExecutor(number, Web, new(new("pod"), ExecutorKind.Default, "", Resources.None, null), new("fw", "", ["*"], [], TimeSpan.Zero, "web")),
        .. tasks.Select<(string Id, string Shell), Func<long, AgentCommand>>(task => number =>
        {
            var launch = Machine.LaunchOf(number, task.Id, new(Shell: true, task.Shell), []);
            return launch with { Spec = launch.Spec with { Executor = new("pod"), Group = new("g", tasks.Length) } };
        }),
    ]);
}
