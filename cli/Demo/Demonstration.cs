using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Bourse.Cli.Client;
using Bourse.Cli.Cluster;
using Bourse.Cli.Output;
using Bourse.Cli.Verbs;
using Bourse.Servers;

namespace Bourse.Cli.Demo;

/// <summary>The main job end to end on a cluster of its own, which is gone afterwards. Succeeds only when all is as it should be.</summary>
internal sealed class Demonstration(Screen screen, int? port)
{
    private const int Agents = 3;
    private const string Victim = "agent-2";
    private const string Secret = "demo/api-key";
    private const string Trusted = "analytics"; // the principal that is granted the secret
    private const string Stranger = "web";      // the principal that is not

    private readonly long started = Stopwatch.GetTimestamp();
    private readonly List<string> wrong = [];

    public async Task<int> Run(CancellationToken cancellationToken)
    {
        var home = new Home(Path.GetFullPath(Path.Combine(".bourse-demo", $"{Environment.ProcessId}")));
        Figures? figures = null;
        try
        {
            figures = await Show(home, cancellationToken);
        }
        finally
        {
            Say("Taking the cluster down.");
            await LocalCluster.Down(home, Detail, CancellationToken.None);
            if (figures is null && Directory.Exists(home.Logs))
            {
                screen.Note($"bourse: the logs of the failed demo are in {home.Logs}");
            }
            else
            {
                Remove(home);
            }
        }

        return Conclude(figures);
    }

    private async Task<Figures> Show(Home home, CancellationToken cancellationToken)
    {
        Say($"Starting a cluster: PostgreSQL, RabbitMQ, registry, secrets, allocator and {Agents} agents, each a process of its own.");
        var wish = new Wish(port ?? FreePort(), Agents, Open: false, [Trusted, Stranger]);
        await LocalCluster.Up(home, wish, Detail, cancellationToken);
        var (settings, tokens) = (Settings.Load(home)!, Tokens.Load(home)!);
        using var master = new Master(settings.Master, tokens.SecretOf(Tokens.Operator));

        Say($"Storing the secret {Secret}, and granting it to the principal {Trusted} alone.");
        await PutSecret(master, cancellationToken);

        Say($"Two frameworks, of {Trusted} and of {Stranger}, run {2 * Workload.TasksEach} tasks; {Victim} will be killed in the middle.");
        var workload = new Workload(settings.Master, tokens, Secret, Trusted, Stranger);
        var work = workload.Run(cancellationToken);
        var crash = Crash(home, workload, cancellationToken);
        await Watch(workload, Task.WhenAll(work, crash), cancellationToken);
        await work;
        Judge(workload);

        var shown = await crash ?? workload.Ends[0];
        Say($"How task {shown.Attempt} came to be and what happened to it (bourse explain task):");
        Blank();
        var explanation = await master.Get(ExplainVerb.PathOf(shown.Attempt, null), cancellationToken);
        Quietly(() => ExplainVerb.Print(explanation));

        Say("Folding the journal and checking every guarantee (bourse replay verify):");
        Blank();
        var verdict = await master.Post(ReplayVerb.Path, cancellationToken);
        Quietly(() => ReplayVerb.Print(verdict));
        var judged = ReplayVerb.Judge(verdict);
        Expect(judged.Holds, judged.ToString());
        return new Figures(workload.Finished, workload.Refused, judged.Events, judged.Checks);
    }

    private static async Task PutSecret(Master master, CancellationToken cancellationToken)
    {
        using var value = new ByteArrayContent(System.Text.Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(Workload.SecretLength)));
        await master.Change(HttpMethod.Put, $"/bourse/v1/secrets/{Secret}", value, cancellationToken);
        await master.Change(HttpMethod.Post, $"/bourse/v1/secrets/{Secret}/grants", Master.Json(new { principal = Trusted }), cancellationToken);
    }

    /// <summary>Kills an agent while it has tasks, waits until it is back; gives the end of a task that ran through it.</summary>
    private async Task<TaskUpdate?> Crash(Home home, Workload workload, CancellationToken cancellationToken)
    {
        await workload.Third.WaitAsync(cancellationToken);
        var before = ClusterStatus.Load(home)!.Processes.Single(process => process.Name == Victim);
        var survivors = workload.RunningAt(new Uri(before.Address));
        before.Process!.Kill();
        var since = Stopwatch.GetTimestamp();
        Say($"kill -9 {before.Process.Pid}: {Victim} is dead, {Words.Count(survivors.Count, "task")} of it run on.");

        while (ClusterStatus.Load(home)!.Processes.Single(process => process.Name == Victim)
            is not { Ready: true, Process: { IsRunning: true } now } || now == before.Process)
        {
            // The supervision is another process; what it knows is in a file.
            await Task.Delay(100, cancellationToken);
        }

        Say($"{Victim} is back after {Stopwatch.GetElapsedTime(since).TotalSeconds:0.0} s and has found its tasks again.");
        await workload.AllEnded.WaitAsync(cancellationToken);
        var ends = workload.Ends.Where(end => survivors.Contains(end.Attempt)).ToList();
        Expect(
            ends.Count == survivors.Count && ends.TrueForAll(end => end.State == "TASK_FINISHED" || workload.IsRefused(end)),
            $"of {survivors.Count} tasks that ran through the crash, {ends.Count(end => end.State == "TASK_FINISHED")} finished");
        return ends.FirstOrDefault(end => end.State == "TASK_FINISHED");
    }

    private async Task Watch(Workload workload, Task done, CancellationToken cancellationToken)
    {
        // Often enough to see it move, seldom enough to read.
        var interval = Console.IsOutputRedirected ? TimeSpan.FromSeconds(2) : TimeSpan.FromSeconds(1);
        while (await Task.WhenAny(done, Task.Delay(interval, cancellationToken)) != done)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Detail(workload.ToString());
        }

        await done;
        Detail(workload.ToString());
    }

    private void Judge(Workload workload)
    {
        const int All = 2 * Workload.TasksEach;
        Expect(workload.Finished == All - 1, $"{workload.Finished} of {All - 1} tasks finished");
        Expect(workload.Refused is not null, $"the task of {Stranger} that names {Secret} was not refused");
        Expect(workload.Delivered, $"a task of {Trusted} did not get the secret whole");
        if (workload.Refused is { } refused)
        {
            Say($"As it should be, one task was refused the secret: {refused.Message}");
        }
    }

    private int Conclude(Figures? figures)
    {
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (figures is null)
        {
            return 1;
        }

        screen.Result(
            new
            {
                ok = wrong.Count == 0,
                tasksFinished = figures.Finished,
                tasksRefusedTheSecret = figures.Refused is null ? 0 : 1,
                eventsInTheJournal = figures.Events,
                invariantsChecked = figures.Checks,
                seconds = Math.Round(seconds, 1),
                wrong,
            },
            () =>
            {
                Blank();
                Screen.Line($"tasks finished         {figures.Finished} (and {(figures.Refused is null ? 0 : 1)} refused a secret, as it should be)");
                Screen.Line($"events in the journal  {figures.Events}");
                Screen.Line($"invariants checked     {figures.Checks}");
                Screen.Line($"wall time              {seconds:0.0} s");
            });
        foreach (var one in wrong)
        {
            screen.Error(one);
        }

        return wrong.Count == 0 ? 0 : 1;
    }

    private static int FreePort()
    {
        for (var first = Home.DefaultPort; first < 6000; first += 10)
        {
            if (Enumerable.Range(first, Agents + 1).All(Ports.IsFree))
            {
                return first;
            }
        }

        throw new CliException("no four free ports in a row between 5050 and 6000; name the first by --port N");
    }

    private static void Remove(Home home)
    {
        PrivateServers.Remove(home.Directory);
        var parent = Path.GetDirectoryName(home.Directory)!;
        if (!Directory.EnumerateFileSystemEntries(parent).Any())
        {
            Directory.Delete(parent);
        }
    }

    private void Expect(bool holds, string otherwise)
    {
        if (!holds)
        {
            wrong.Add(otherwise);
        }
    }

    private void Say(string text) => Quietly(() => Screen.Line($"\n{Elapsed()} {text}"));

    private void Detail(string text) => Quietly(() => Screen.Line($"{Elapsed()}   {text}"));

    private void Blank() => Quietly(() => Screen.Line());

    private void Quietly(Action print)
    {
        if (!screen.Json)
        {
            print();
        }
    }

    private string Elapsed() => $"[{Stopwatch.GetElapsedTime(started).TotalSeconds,5:0.0} s]";

    private sealed record Figures(int Finished, TaskUpdate? Refused, long Events, int Checks);
}
