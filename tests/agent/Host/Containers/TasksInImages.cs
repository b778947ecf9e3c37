using Bourse.Agent.Host.Settings;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Agent.Tests.Host.Containers;

/// <summary>Images really pulled from a registry that the test starts.</summary>
public sealed class TasksInImages
{
    private static readonly string[] Described =
        ["--config.entrypoint", "/bin/sh", "--config.entrypoint", "-c", "--config.cmd", "cat /greeting; id; pwd; echo $FROM_IMAGE; env | grep ^PATH=", "--config.env", "FROM_IMAGE=yes", "--config.env", "PATH=/bin", "--config.user", "runner", "--config.workingdir", "/srv"];

    [Fact]
    public async Task Run_what_the_image_says_as_it_says()
    {
        await using var registry = await Registry.Start();
        await registry.Push("greeter:1", "greeting", "hello from the image\n", Described);
        await using var machine = new Machine(Ground.Always);
        await machine.Bus.End(machine.Launch(InImage("t", $"{registry.Address}/greeter:1", new(Shell: false, null))));
        machine.Output("t").ShouldBe("hello from the image\nuid=1234(runner) gid=1235(runner) groups=1300(extra)\n/srv\nyes\nPATH=/bin\n");
    }

    [Fact]
    public async Task Run_what_they_say_themselves_and_share_nothing_but_the_sandbox()
    {
        await using var registry = await Registry.Start();
        await registry.Push("greeter:1", "greeting", "hello\n", Described);
        await using var machine = new Machine(new ContainerSettings());
        var spec = InImage("t", $"{registry.Address}/greeter:1", new(Shell: true, "id; pwd; echo $MESOS_SANDBOX; echo kept >$MESOS_SANDBOX/file; echo more >>/greeting; ls /", User: "root"));
        await machine.Bus.End(machine.Launch(spec));
        machine.Output("t").ShouldStartWith("uid=0(root) gid=0(root)\n/srv\n/mnt/mesos/sandbox\nbin\n".Replace(" groups=0(root)", ""));
        machine.Output("t", "file").ShouldBe("kept\n");
        // What one changes another does not see.
        await machine.Bus.End(machine.Launch(InImage("u", $"{registry.Address}/greeter:1", new(Shell: true, "cat /greeting"))));
        machine.Output("u").ShouldBe("hello\n");
    }

    [Fact]
    public async Task Keep_what_they_write_to_their_volumes()
    {
        await using var registry = await Registry.Start();
        await registry.Push("greeter:1", "greeting", "hello\n", Described);
        await using var machine = new Machine(Ground.Always);
        var volume = Resource.Of("disk", 10) with { Reservations = [new("web", true)], Disk = new Disk() with { PersistenceId = "v1", ContainerPath = "state/data" } };
        machine.Bus.Command(number => new KeepResources(number, Resources.Of(volume)));
        TaskSpec With(string id, string line)
        {
            var spec = InImage(id, $"{registry.Address}/greeter:1", new(Shell: true, line));
            return spec with { Resources = Resources.Of([.. spec.Resources.Entries, volume]) };
        }

        await machine.Bus.End(machine.Launch(With("t", "cd $MESOS_SANDBOX; echo kept by $(id -un) >state/data/file")));
        await machine.Bus.End(machine.Launch(With("u", "cat $MESOS_SANDBOX/state/data/file")));
        (machine.Output("u"), machine.Output("t", "stderr"), machine.Output("u", "stderr")).ShouldBe(("kept by runner\n", "", ""));
    }

    [Fact]
    public async Task Are_not_pulled_again_and_are_pruned_when_nobody_uses_them()
    {
        var registry = await Registry.Start();
        await registry.Push("greeter:1", "greeting", "hello\n", Described);
        var name = $"{registry.Address}/greeter:1";
        await using var machine = new Machine(http: true, containers: Ground.Always);
        await machine.Bus.End(machine.Launch(InImage("t", name, new(Shell: false, null))));
        await registry.DisposeAsync();

        var holder = machine.Launch(InImage("u", name, new(Shell: true, "sleep 4260", User: "root")));
        await machine.Bus.Report(holder, TaskState.Running);
        (await Prune()).ShouldBe(1);

        machine.Bus.Command(number => new KillTask(number, Example.Web, holder, TimeSpan.Zero));
        await machine.Bus.Report(holder, TaskState.Killed);
        await RealTasks.Until(() => Directory.EnumerateDirectories(Path.Combine(machine.Work, "containers")).Count() == 1);
        (await Prune($$"""{"excluded_images":[{"type":"DOCKER","docker":{"name":"{{name}}"} }]}""")).ShouldBe(1);
        (await Prune()).ShouldBe(0);
        Directory.EnumerateFiles(Path.Combine(machine.Work, "images"), "*", SearchOption.AllDirectories).ShouldBeEmpty();
        (await machine.Bus.Report(machine.Launch(InImage("v", name, new(Shell: false, null))), TaskState.Failed))
            .Update.Message.ShouldNotBeNull().ShouldStartWith($"Image '{name}' could not be fetched: ");

        // As an operator does it; how many there are left.
        async Task<int> Prune(string excluded = "{}")
        {
            using var http = new HttpClient();
            http.DefaultRequestHeaders.Authorization = new("Bearer", Gateway.Operator);
            using var answer = await http.PostAsync(
                $"http://127.0.0.1:{machine.Http.Port}/api/v1",
                new StringContent($$"""{"type":"PRUNE_IMAGES","prune_images":{{excluded}} }""", new System.Net.Http.Headers.MediaTypeHeaderValue("application/json")),
                TestContext.Current.CancellationToken);
            answer.StatusCode.ShouldBe(System.Net.HttpStatusCode.OK);
            return Directory.EnumerateDirectories(Path.Combine(machine.Work, "images", "layouts")).Count();
        }
    }

    [Fact]
    public async Task Need_the_credentials_of_a_private_registry()
    {
        await using var registry = await Registry.Start(password: true);
        await registry.Push("private:1", "greeting", "hello\n", Described);
        await using var machine = new Machine(Ground.Always);
        var secret = Registry.Password;
        machine.Bus.Secrets = question => new(question.AgentId, question.Request,
            question.Secrets.Select(name => new SealedSecret(name, 1, Sealing.Seal(
                machine.Bus.Agent!.SealingKey, System.Text.Encoding.UTF8.GetBytes(registry.Credentials(secret)), SealingContexts.Give(name, 1, question.AgentId)))).ToValueList());

        var image = new ContainerImage($"{registry.Address}/private:1");
        var none = await machine.Bus.Report(machine.Launch(In("t", image)), TaskState.Failed);
        none.Update.Message.ShouldNotBeNull().ShouldContain("could not be fetched");
        secret = "wrong-password";
        var wrong = await machine.Bus.Report(machine.Launch(In("u", image with { Credentials = "login" })), TaskState.Failed);
        wrong.Update.Message.ShouldNotBeNull().ShouldContain("unauthorized");
        wrong.Update.Message.ShouldNotBeNull().ShouldNotContain("wrong-password");
        secret = Registry.Password;
        await machine.Bus.Report(machine.Launch(In("v", image with { Credentials = "login" })), TaskState.Finished);
        foreach (var file in Directory.EnumerateFiles(machine.Work, "*", SearchOption.AllDirectories).Where(file => !file.Contains("checkpoint", StringComparison.Ordinal)))
            File.ReadAllText(file).ShouldNotContain(registry.Credentials(secret));
    }

    [Fact]
    public async Task Can_be_of_a_local_layout_unless_it_was_altered()
    {
        Ground.NeedsPrograms("skopeo", "umoci", "busybox");
        var directory = Directory.CreateTempSubdirectory("bourse-layout-").FullName;
        try
        {
            var layout = await Registry.MakeLayout(Path.Combine(directory, "layout"), "greeting", "hello\n", Described);
            await using var machine = new Machine(Ground.Always with { LocalImages = [directory] });
            await machine.Bus.End(machine.Launch(InImage("t", $"oci:{layout}:image", new(Shell: false, null))));
            machine.Output("t").ShouldStartWith("hello\nuid=1234");

            var altered = await Registry.MakeLayout(Path.Combine(directory, "altered"), "greeting", "good day\n", Described);
            var layer = Directory.EnumerateFiles(Path.Combine(altered, "blobs", "sha256")).MaxBy(file => new FileInfo(file).Length)!;
            var bytes = File.ReadAllBytes(layer);
            bytes[^20] ^= 1;
            File.WriteAllBytes(layer, bytes);
            var update = (await machine.Bus.Report(machine.Launch(InImage("u", $"oci:{altered}:image", new(Shell: false, null))), TaskState.Failed)).Update;
            update.Message.ShouldNotBeNull().ShouldContain("could not be");

            var elsewhere = (await machine.Bus.Report(machine.Launch(InImage("v", "oci:/etc:image", new(Shell: false, null))), TaskState.Failed)).Update;
            elsewhere.Message.ShouldNotBeNull().ShouldContain("this agent uses no images of '/etc'");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task Can_have_another_image_as_a_volume_that_they_cannot_change()
    {
        await using var registry = await Registry.Start();
        await registry.Push("greeter:1", "greeting", "hello\n");
        await using var machine = new Machine(new ContainerSettings());
        var container = new TaskContainer(Docker: false, Volumes: [new("data", ReadOnly: true, Image: new($"{registry.Address}/greeter:1"))]);
        await machine.Bus.End(machine.Launch(Ground.Shell("t", "cat data/greeting; touch data/x; echo $?", container)));
        machine.Output("t").ShouldBe("hello\n1\n");
    }

    [Fact]
    public async Task Killed_while_their_image_is_fetched_never_run()
    {
        Ground.NeedsPrograms("skopeo", "umoci");
        // A registry that takes the call and never answers.
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        await using var machine = new Machine(Ground.Always);
        var task = machine.Launch(InImage("t", $"127.0.0.1:{((System.Net.IPEndPoint)silent.LocalEndpoint).Port}/x:1", new(Shell: true, "true")));
        await (await silent.AcceptTcpClientAsync(TestContext.Current.CancellationToken)).GetStream().ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken);
        machine.Bus.Command(number => new KillTask(number, Example.Web, task, null));
        (await machine.Bus.Report(task, TaskState.Killed)).Update.Reason.ShouldBe("REASON_TASK_KILLED_DURING_LAUNCH");
    }

    private static TaskSpec In(string id, ContainerImage image) => InImage(id, image.Name, new(Shell: true, "true")) with { Container = new(Docker: false, Image: image) };

    private static TaskSpec InImage(string id, string image, TaskCommand command) =>
        Ground.Shell(id, "") with { Command = command, Container = new(Docker: false, Image: new(image)) };
}
