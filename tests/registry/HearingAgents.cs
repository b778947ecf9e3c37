using Bourse.Contracts;
using Bourse.Contracts.Messages;
using static Bourse.Registry.Tests.Example;

namespace Bourse.Registry.Tests;

public sealed class HearingAgents
{
    [Fact]
    public async Task Answers_a_registration_and_its_repeat_alike()
    {
        await using var host = await RegistryHost.Start();
        var agent = await host.Agent(A1);
        await agent.Registers(A1, "boot-1");
        await host.Settled();
        var head = host.Loop.Head;
        await agent.Registers(A1, "boot-1");
        await host.Settled();

        agent.Heard().ShouldBe([new AgentAdmitted(A1, "boot-1", 1), new AgentAdmitted(A1, "boot-1", 1)]);
        host.Loop.Head.ShouldBe(head);
    }

    [Fact]
    public async Task Counts_the_restarts_of_an_agent()
    {
        await using var host = await RegistryHost.Start();
        var agent = await host.Agent(A1);
        await agent.Registers(A1, "boot-1");
        await host.Settled();
        await agent.Registers(A1, "boot-2");
        await host.Settled();
        agent.Heard().ShouldBe([new AgentAdmitted(A1, "boot-1", 1), new AgentAdmitted(A1, "boot-2", 2)]);
    }

    [Fact]
    public async Task Records_the_agent_as_the_principal_whatever_the_message_says()
    {
        await using var host = await RegistryHost.Start();
        await (await host.Agent(A1)).Registers(A1, "boot-1");
        await host.Settled();
        var origins = new List<Origin>();
        await foreach (var entry in host.Journal.Read(1, host.Loop.Head, TestContext.Current.CancellationToken))
        {
            if (entry.Name == "agent.registered")
                origins.Add(entry.Origin);
        }
        origins.ShouldHaveSingleItem().Principal.ShouldBe("agent-1");
        origins[0].Correlation.ShouldBe("correlation-1");
    }

    [Fact]
    public async Task Drops_what_one_agent_says_in_the_name_of_another()
    {
        await using var host = await RegistryHost.Start();
        var forger = await host.Agent(A2);
        var agent = await host.Agent(A1);
        await agent.Registers(A1, "boot-1");
        await host.Settled();
        var head = host.Loop.Head;
        await forger.Registers(A1, "boot-2");
        await forger.Beats(A1, 7);
        await host.Settled();

        host.Loop.Head.ShouldBe(head);
        forger.Heard().ShouldBeEmpty();
        agent.Heard().ShouldBe([new AgentAdmitted(A1, "boot-1", 1)]);
    }

    [Fact]
    public async Task Survives_messages_that_miss_everything()
    {
        await using var host = await RegistryHost.Start();
        var agent = await host.Agent(A1);
        await agent.Publishes(A1, "register", new RegisterAgent(null!, null!));
        await agent.Publishes(A1, "register", new RegisterAgent(Describe(A1) with { Total = null!, Hostname = null! }, null!));
        await agent.Publishes(A1, "heartbeat", new AgentHello(A1, 1, 1, null));
        await agent.Registers(A1, "boot-1");
        await host.Settled();
        agent.Heard().Where(message => message is not AgentRefused).ShouldBe([new AgentAdmitted(A1, "boot-1", 1)]);
    }

    [Fact]
    public async Task Tells_a_stranger_to_register()
    {
        await using var host = await RegistryHost.Start();
        var agent = await host.Agent(A1);
        await agent.Beats(A1, 1);
        await host.Settled();
        agent.Heard().ShouldBe([new AgentMustRegister(A1)]);
    }

    [Fact]
    public async Task Records_no_heartbeats()
    {
        await using var host = await RegistryHost.Start();
        var agent = await host.Agent(A1);
        await agent.Registers(A1, "boot-1");
        await host.Settled();
        var head = host.Loop.Head;
        for (var i = 0; i < 20; i++)
            await agent.Beats(A1, 1);
        await host.Settled();
        host.Loop.Head.ShouldBe(head);
    }

    [Fact]
    public async Task Finds_the_silent_ones_and_hears_them_again()
    {
        await using var host = await RegistryHost.Start();
        var (silent, lively) = (await host.Agent(A1), await host.Agent(A2));
        await silent.Registers(A1, "boot-1");
        await lively.Registers(A2, "boot-1");
        await host.Settled();

        host.Clock.Advance(TimeSpan.FromSeconds(4));
        await lively.Beats(A2, 1);
        await host.Settled();
        await host.Sweeper.Sweep(TestContext.Current.CancellationToken);
        (await host.Find(A1))!.Silence.ShouldBeNull();

        host.Clock.Advance(TimeSpan.FromSeconds(1));
        await host.Sweeper.Sweep(TestContext.Current.CancellationToken);
        (await host.Find(A1))!.Silence.ShouldBe(new(Noon, Noon.AddSeconds(5)));
        (await host.Find(A2))!.Silence.ShouldBeNull();

        await silent.Beats(A1, 1);
        await host.Settled();
        (await host.Find(A1))!.Silence.ShouldBeNull();
    }

    [Fact]
    public async Task Judges_nobody_while_its_own_heartbeat_does_not_come_through()
    {
        await using var first = await RegistryHost.Start();
        await (await first.Agent(A1)).Registers(A1, "boot-1");
        await first.Settled();
        await first.Loop.StopAsync(TestContext.Current.CancellationToken);

        await using var host = await RegistryHost.Start(first.Journal, listening: false, timeout: TimeSpan.FromMilliseconds(300));
        host.Clock.Advance(TimeSpan.FromSeconds(60));
        host.Heartbeats.Overdue().Count.ShouldBe(1);
        await host.Sweeper.Sweep(TestContext.Current.CancellationToken);
        (await host.Find(A1))!.Silence.ShouldBeNull();
        host.Heartbeats.Overdue().ShouldBeEmpty("a grace period began");
    }

    [Fact]
    public async Task Gives_everyone_a_full_timeout_when_it_starts_to_lead()
    {
        await using var first = await RegistryHost.Start();
        await (await first.Agent(A1)).Registers(A1, "boot-1");
        await first.Settled();
        await first.Loop.StopAsync(TestContext.Current.CancellationToken);

        await using var host = await RegistryHost.Start(first.Journal);
        host.Clock.Advance(TimeSpan.FromSeconds(4.9));
        host.Heartbeats.Overdue().ShouldBeEmpty();
        host.Clock.Advance(TimeSpan.FromSeconds(0.1));
        host.Heartbeats.Overdue().Count.ShouldBe(1);
        await host.Sweeper.Sweep(TestContext.Current.CancellationToken);
        (await host.Find(A1))!.Silence.ShouldNotBeNull();
    }

    [Fact]
    public async Task Judges_nobody_for_a_while_after_the_broker_was_away()
    {
        await using var host = await RegistryHost.Start();
        await (await host.Agent(A1)).Registers(A1, "boot-1");
        await host.Settled();
        host.Heartbeats.WasDeaf();
        host.Clock.Advance(TimeSpan.FromSeconds(14));
        host.Heartbeats.Overdue().ShouldBeEmpty();
        host.Reconnect();
        host.Clock.Advance(TimeSpan.FromSeconds(14));
        host.Heartbeats.Overdue().ShouldBeEmpty("the broker came back only then");
        host.Clock.Advance(TimeSpan.FromSeconds(1));
        host.Heartbeats.Overdue().Count.ShouldBe(1);
    }
}
