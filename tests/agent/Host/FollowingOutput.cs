using System.IO.Pipelines;
using System.Text;
using Bourse.Agent.Host.Http;
using Bourse.Agent.Host.Sandboxes;
using Bourse.Contracts;

namespace Bourse.Agent.Tests.Host;

public sealed class FollowingOutput
{
    [Fact]
    public async Task Streams_what_is_written_until_the_task_has_ended()
    {
        await using var machine = new Machine();
        machine.Launch("t", "echo one; while [ ! -e go ]; do sleep 0.05; done; echo two");
        await machine.Bus.Report(new("t"), TaskState.Running);
        var pipe = new Pipe();
        var copy = Copy(machine, "t", follow: true, pipe);

        (await Read(pipe, 4)).ShouldBe("one\n");
        copy.IsCompleted.ShouldBeFalse();
        File.WriteAllText(Path.Combine(machine.Sandbox("t"), "go"), "");
        (await Read(pipe, 4)).ShouldBe("two\n");
        await copy.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Gives_all_of_an_ended_task_at_once()
    {
        await using var machine = new Machine();
        await machine.Bus.End(machine.Launch("t", "echo out; echo err >&2"));
        using var output = new MemoryStream();
        await TaskOutput.Copy(Find(machine, "t"), "stderr", follow: true, machine.Runtime.Inotify, output, TestContext.Current.CancellationToken);
        Encoding.UTF8.GetString(output.ToArray()).ShouldBe("err\n");
    }

    [Fact]
    public async Task Does_not_follow_a_link_that_a_task_put_in_place_of_its_output()
    {
        await using var machine = new Machine();
        await machine.Bus.End(machine.Launch("t", "rm stdout; ln -s /etc/passwd stdout"));
        using var output = new MemoryStream();
        await TaskOutput.Copy(Find(machine, "t"), "stdout", follow: true, machine.Runtime.Inotify, output, TestContext.Current.CancellationToken);
        output.Length.ShouldBe(0);
    }

    [Theory]
    [InlineData("web.1", "web.1")]
    [InlineData("..", "%2E.")]
    [InlineData(".", "%2E")]
    [InlineData("", "%")]
    [InlineData("a/b", "a%2Fb")]
    [InlineData("ü %", "%C3%BC%20%25")]
    public void Finds_each_task_under_a_name_of_its_own(string id, string name) => WorkDirectory.Encode(id).ShouldBe(name);

    [Fact]
    public void Keeps_long_names_short_and_apart()
    {
        var (one, other) = (WorkDirectory.Encode(new string('x', 5000) + "1"), WorkDirectory.Encode(new string('x', 5000) + "2"));
        one.Length.ShouldBe(200);
        one.ShouldNotBe(other);
    }

    private static Sandbox Find(Machine machine, string task) => machine.Runtime.Sandboxes.Find(new(Example.Web, new(task))).ShouldNotBeNull();

    private static Task Copy(Machine machine, string task, bool follow, Pipe to) =>
        TaskOutput.Copy(Find(machine, task), "stdout", follow, machine.Runtime.Inotify, to.Writer.AsStream(), TestContext.Current.CancellationToken);

    private static async Task<string> Read(Pipe from, int bytes)
    {
        var result = await from.Reader.ReadAtLeastAsync(bytes, TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        var text = Encoding.UTF8.GetString(result.Buffer);
        from.Reader.AdvanceTo(result.Buffer.End);
        return text;
    }
}
