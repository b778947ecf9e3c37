using System.Text;
using System.Text.Json;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Secrets.Host;
using static Bourse.Secrets.Tests.Example;

namespace Bourse.Secrets.Tests;

/// <summary>From a person who puts a value to the agent that opens it, and what anybody else can see on the way.</summary>
public sealed class ServingSecrets
{
    const string Canary = "canary-5d41402abc4b2a76-never-in-clear";

    [Fact]
    public async Task Gives_a_granted_value_to_the_tasks_agent()
    {
        await using var host = await Prepared();
        await host.Asks<Done>(Alice, new GrantSecret(Db, Bob));
        var answer = await host.Resolves(Db);
        answer.Denied.ShouldBeNull();
        host.Open(answer.Values.ShouldHaveSingleItem(), A1).ShouldBe(Canary);
        (await host.Resolves(Db)).Values.Count.ShouldBe(1, "the answer may have been lost");
        (await Names(host)).Count(name => name == "secret.resolved").ShouldBe(1);
    }

    [Fact]
    public async Task Denies_without_a_grant_and_records_it()
    {
        await using var host = await Prepared();
        var answer = await host.Resolves(Db);
        answer.Values.ShouldBeEmpty();
        answer.Denied.ShouldBe("secret db/password: principal bob has no grant");
        (await host.Resolves(Db)).Denied.ShouldBe(answer.Denied);
        (await Names(host)).Count(name => name == "secret.denied").ShouldBe(1);
        (await Names(host)).ShouldNotContain("secret.resolved");
    }

    [Fact]
    public async Task Asks_an_agent_to_come_back_before_the_launch_was_heard_of()
    {
        await using var host = await SecretsHost.Start();
        (await host.Resolves(Db)).TryLater.ShouldBeTrue();
    }

    [Fact]
    public async Task Gives_the_new_value_after_it_was_put()
    {
        await using var host = await Prepared();
        await host.Asks<Done>(Alice, new GrantSecret(Db, Bob));
        await host.Resolves(Db);
        await host.Puts(Alice, Db, Canary + "-2");
        var box = (await host.Resolves(Db)).Values.ShouldHaveSingleItem();
        box.Version.ShouldBe(2);
        host.Open(box, A1).ShouldBe(Canary + "-2");
    }

    [Fact]
    public async Task Makes_no_version_of_a_value_put_twice()
    {
        await using var host = await Prepared();
        await host.Puts(Alice, Db, Canary);
        (await host.Asks<SecretList>(Alice, new ListSecrets())).Secrets.ShouldHaveSingleItem().Version.ShouldBe(1);
    }

    [Fact]
    public async Task Tells_nobody_whether_a_guess_is_right()
    {
        await using var host = await Prepared();
        (await Should.ThrowAsync<RefusedException>(() => host.Puts(Carol, Db, Canary))).Code.ShouldBe("not-allowed");
        (await Should.ThrowAsync<RefusedException>(() => host.Puts(Carol, Db, "a wrong guess"))).Code.ShouldBe("not-allowed");
    }

    [Fact]
    public async Task Takes_all_of_many_values_put_at_once()
    {
        await using var host = await SecretsHost.Start();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(n => host.Puts(Alice, Db, $"value {n}")));
        (await host.Asks<SecretList>(Alice, new ListSecrets())).Secrets.ShouldHaveSingleItem().Version.ShouldBe(20);
    }

    [Fact]
    public async Task Lists_to_each_what_it_may_know()
    {
        await using var host = await Prepared();
        await host.Asks<Done>(Alice, new GrantSecret(Db, Bob));
        (await host.Asks<SecretList>("operator", new ListSecrets())).Secrets.ShouldHaveSingleItem().Grantees.ShouldBe([Bob]);
        (await host.Asks<SecretList>(Bob, new ListSecrets())).Secrets.ShouldHaveSingleItem().Owner.ShouldBe(Alice);
        (await host.Asks<SecretList>(Carol, new ListSecrets())).Secrets.ShouldBeEmpty();
    }

    [Fact]
    public async Task Believes_only_the_edge_on_who_is_asking()
    {
        await using var host = await Prepared();
        await using var forger = host.As("agent-1");
        (await Should.ThrowAsync<RefusedException>(() => host.Asks<Done>(Alice, new GrantSecret(Db, Bob), forger))).Code.ShouldBe("not-allowed");
        (await Should.ThrowAsync<RefusedException>(() => host.Asks<SecretList>("operator", new ListSecrets(), forger))).Code.ShouldBe("not-allowed");
    }

    [Fact]
    public async Task Refuses_a_message_that_misses_everything_and_goes_on()
    {
        await using var host = await Prepared();
        foreach (var broken in new object[] { new PutSecret(null!, null!), new PutSecret(Db, null!), new PutSecret(Db, "no box"), new GrantSecret(null!, null!) })
            (await Should.ThrowAsync<RefusedException>(() => host.Asks<Done>(Alice, broken))).Code.ShouldBe("malformed");
        (await host.Resolves([null!])).Denied.ShouldNotBeNull();
        (await host.Resolves(Db)).Denied.ShouldNotBeNull();
    }

    [Fact]
    public async Task Keeps_the_value_out_of_journal_snapshot_broker_and_log()
    {
        await using var host = await Prepared();
        await host.Asks<Done>(Alice, new GrantSecret(Db, Bob));
        host.Open((await host.Resolves(Db)).Values[0], A1).ShouldBe(Canary);
        await Should.ThrowAsync<RefusedException>(() => host.Puts(Carol, Db, Canary));
        await Should.ThrowAsync<RefusedException>(() => host.Puts(Alice, "bad name", Canary));
        await host.Asks<Done>(Alice, new RevokeSecret(Db, Bob));
        await host.Resolves(Db);

        var everything = new StringBuilder();
        foreach (var entry in await host.Entries())
            everything.AppendLine(JsonSerializer.Serialize(entry.Committed(), Json.Options));
        everything.AppendLine(await host.Loop.Read(state => Encoding.UTF8.GetString(Core.Save(state)), TestContext.Current.CancellationToken));
        foreach (var seen in host.Seen)
            everything.AppendLine(JsonSerializer.Serialize(seen, seen.GetType(), Json.Options)).AppendLine(seen.ToString());
        lock (host.Log)
            everything.Append(host.Log);

        var text = everything.ToString();
        text.ShouldContain("secret.resolved");
        foreach (var form in new[] { Canary, Convert.ToBase64String(Encoding.UTF8.GetBytes(Canary)), Convert.ToHexString(Encoding.UTF8.GetBytes(Canary)) })
            text.Contains(form, StringComparison.OrdinalIgnoreCase).ShouldBeFalse($"found {form}");
    }

    [Fact]
    public async Task Verifies_that_each_value_given_had_a_grant()
    {
        await using var host = await Prepared();
        await host.Asks<Done>(Alice, new GrantSecret(Db, Bob));
        await host.Resolves(Db);
        var verified = await host.Asks<Verified>("operator", new VerifyJournal());
        var check = verified.Checks.Single(check => check.Guarantee == "G7");
        check.Over.ShouldBe(1);
        check.Violations.ShouldBeEmpty();
    }

    private static async Task<SecretsHost> Prepared()
    {
        var host = await SecretsHost.Start();
        var agent = new AgentDescription(
            A1, "a1", "127.0.0.1", 5051, Resources.Of(Resource.Of("cpus", 1)), [], null, "0.1.0", Sealing.PublicKey(host.AgentKey));
        var spec = new TaskSpec(
            T1, "t", Resources.Of(Resource.Of("cpus", 1)), new(true, "env", Environment: [new("PASSWORD", null, Db)]), [], TimeSpan.FromSeconds(3));
        await host.Learns(new AgentRegistered(agent, 1, "boot-1", Noon), new TaskLaunched(F1, spec, A1, "*", new("o-1"), Bob, 1, Noon));
        await host.Puts(Alice, Db, Canary);
        return host;
    }

    private static async Task<List<string>> Names(SecretsHost host) => (await host.Entries()).Select(entry => entry.Name).ToList();
}
