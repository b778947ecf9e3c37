using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Text;
using Bourse.Agent.Host.Fetching;
using Bourse.Contracts;

namespace Bourse.Agent.Tests.Host;

public sealed class FetchingUris : IAsyncLifetime
{
    private readonly HttpListener server = new();
    private readonly int port = Servers.Ports.Free(1)[0];
    private readonly Machine machine = new();
    private readonly string folder = Directory.CreateTempSubdirectory("bourse-fetch-").FullName;
    private int downloads;

    public ValueTask InitializeAsync()
    {
        server.Prefixes.Add($"http://127.0.0.1:{port}/");
        server.Start();
        _ = Serve();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        server.Close();
        await machine.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private async Task Serve()
    {
        while (server.IsListening)
        {
            var context = await server.GetContextAsync();
            Interlocked.Increment(ref downloads);
            var body = context.Request.Url!.AbsolutePath switch
            {
                "/hello.txt" => Encoding.UTF8.GetBytes("hello\n"),
                "/tool" => Encoding.UTF8.GetBytes("#!/bin/sh\necho tool\n"),
                "/pack.tar.gz" => Pack(),
                _ => null,
            };
            context.Response.StatusCode = body is null ? 404 : 200;
            if (body is not null)
                await context.Response.OutputStream.WriteAsync(body);
            context.Response.Close();
        }
    }

    private static byte[] Pack()
    {
        var bytes = new MemoryStream();
        using (var packed = new GZipStream(bytes, CompressionLevel.Fastest))
        using (var writer = new TarWriter(packed))
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "dir/inner") { DataStream = new MemoryStream("inner\n"u8.ToArray()) });
        return bytes.ToArray();
    }

    private TaskId Launch(string id, string shell, params FetchedUri[] uris) =>
        machine.Launch(id, new TaskCommand(Shell: true, shell, Uris: uris.ToValueList()), []);

    [Fact]
    public async Task Brings_files_archives_and_programs_before_the_command_starts()
    {
        var local = Path.Combine(folder, "local.txt");
        File.WriteAllText(local, "local\n");
        var task = Launch("t", "cat hello.txt sub/renamed dir/inner; ./tool; ls pack.tar.gz",
            new($"http://127.0.0.1:{port}/hello.txt"), new($"file://{local}", OutputFile: "sub/renamed"),
            new($"http://127.0.0.1:{port}/pack.tar.gz"), new($"http://127.0.0.1:{port}/tool", Executable: true));
        await machine.Bus.Report(task, TaskState.Finished);
        machine.Output("t").ShouldBe("hello\nlocal\ninner\ntool\npack.tar.gz\n");
    }

    [Fact]
    public async Task Leaves_an_archive_packed_when_told_to()
    {
        await machine.Bus.Report(Launch("t", "test -e pack.tar.gz && test ! -e dir", new FetchedUri($"http://127.0.0.1:{port}/pack.tar.gz", Extract: false)), TaskState.Finished);
    }

    [Theory]
    [InlineData("http://127.0.0.1:{0}/missing", "404")]
    [InlineData("ftp://127.0.0.1/x", "not supported")]
    [InlineData("relative/path", "neither a URI nor an absolute path")]
    [InlineData("/no/such/file", "Could not find")]
    public async Task Fails_the_task_and_names_what_could_not_be_had(string uri, string why)
    {
        uri = string.Format(null, uri, port);
        var update = (await machine.Bus.Report(Launch("t", "true", new FetchedUri(uri)), TaskState.Failed)).Update;
        update.Reason.ShouldBe("REASON_CONTAINER_LAUNCH_FAILED");
        update.Message.ShouldNotBeNull().ShouldContain(uri);
        update.Message!.ShouldContain(why);
    }

    [Fact]
    public async Task Downloads_once_for_two_tasks_when_it_may_be_kept()
    {
        var uri = new FetchedUri($"http://127.0.0.1:{port}/hello.txt", Cache: true);
        var tasks = new[] { Launch("a", "cat hello.txt", uri), Launch("b", "cat hello.txt", uri) };
        foreach (var task in tasks)
            await machine.Bus.Report(task, TaskState.Finished);
        (machine.Output("a"), machine.Output("b"), downloads).ShouldBe(("hello\n", "hello\n", 1));
    }

    [Fact]
    public async Task Lets_go_of_what_was_used_longest_ago()
    {
        var cache = new FetchCache(Path.Combine(folder, "cache"), capacity: 25);
        var made = new List<string>();
        foreach (var key in (string[])["a", "b", "a", "c", "b"])
            (await cache.Take(key, async (path, ct) =>
            {
                made.Add(key);
                await File.WriteAllTextAsync(path, "ten bytes.", ct);
            }, TestContext.Current.CancellationToken)).Dispose();
        // "a" was used after "b", so "b" had to go when "c" came.
        made.ShouldBe(["a", "b", "c", "b"]);
    }
}
