using Bourse.Agent.Host.Settings;
using Bourse.Contracts;
using CsCheck;
using Microsoft.Extensions.Configuration;

namespace Bourse.Agent.Tests.Host;

public sealed class ReadingSettings
{
    [Fact]
    public void Takes_the_short_form_of_Mesos()
    {
        var resources = ResourcesText.Parse("cpus:4;mem:4096.5; cpus(web):2 ;ports:[31000-31005, 32000-32000];racks:{b,a}");
        resources.ShouldBe(Resources.Of(
            Resource.Of("cpus", 4), Resource.Of("mem", 4096.5), Resource.Of("cpus", 2) with { Reservations = [new("web", false)] },
            Resource.Of("ports", new Interval(31000, 31005), new Interval(32000, 32000)), Resource.Of("racks", "a", "b")));
    }

    [Theory]
    [InlineData("cpus")]
    [InlineData("cpus:")]
    [InlineData("cpus:many")]
    [InlineData("cpus:-1")]
    [InlineData("ports:[2-1]")]
    [InlineData("ports:[1-2")]
    [InlineData("ports:[1]")]
    public void Names_the_entry_it_cannot_read(string text) =>
        Should.Throw<FormatException>(() => ResourcesText.Parse(text)).Message.ShouldContain(text);

    [Fact]
    public void Reads_what_it_writes() => Gen.Select(Gen.Int[1, 1_000_000], Gen.Int[1, 100], Gen.UInt[1, 60_000]).Sample((thousandths, mem, begin) =>
    {
        var resources = Resources.Of(
            Resource.Of("cpus", thousandths / 1000.0), Resource.Of("mem", mem), Resource.Of("ports", new Interval(begin, begin + 10)));
        ResourcesText.Parse(string.Join(';', resources.Entries)).ShouldBe(resources);
    });

    [Fact]
    public void Counts_what_is_not_mentioned()
    {
        var completed = Bourse.Agent.Host.Settings.Machine.Complete(ResourcesText.Parse("cpus:0.5"), Path.GetTempPath());
        completed.Total("cpus").ShouldBe(Scalar.From(0.5));
        completed.Total("mem").ShouldBeGreaterThan(Scalar.Zero);
        completed.Entries.Single(entry => entry.Name == "ports").Ranges.ShouldBe([new Interval(31000, 32000)]);
    }

    [Theory]
    [InlineData(4096, 3072)]
    [InlineData(2048, 1024)]
    [InlineData(2047, 1023)]
    [InlineData(1000, 500)]
    public void Leaves_the_machine_its_memory(long hasMb, double sharesMb) =>
        Bourse.Agent.Host.Settings.Machine.Share(hasMb << 20, keep: 1L << 30, from: 2L << 30).ShouldBe(sharesMb);

    [Fact]
    public void Takes_attributes_of_three_kinds() => AttributesText.Parse("rack:r1;level:3;slots:[1-2,3-4]").ShouldBe(
        [new("rack", Text: "r1"), new("level", Scalar: Scalar.From(3)), new("slots", Ranges: [new(1, 4)])]);

    [Theory]
    [InlineData("Work", "Bourse__Agent__Id is not set")]
    [InlineData("Id", "Bourse__Agent__Work is not set")]
    public void Says_what_is_missing(string present, string message) => Should.Throw<InvalidOperationException>(() =>
        AgentSettings.From(new ConfigurationBuilder().AddInMemoryCollection([new($"Bourse:Agent:{present}", "/tmp/x")]).Build())).Message.ShouldBe(message);

    [Fact]
    public void Knows_a_docker_engine_and_plugins_by_their_addresses()
    {
        var containers = ContainersOf(("Docker", "unix:///run/docker.sock"), ("Csi:disks", "unix:///run/csi/disks.sock"));
        (containers.Docker, containers.DockerTrusted).ShouldBe(("unix:///run/docker.sock", false));
        containers.Csi.ShouldBe(new Dictionary<string, string> { ["disks"] = "/run/csi/disks.sock" });
        ContainersOf().Docker.ShouldBeNull();
        Should.Throw<FormatException>(() => ContainersOf(("Docker", "/run/docker.sock"))).Message.ShouldContain("/run/docker.sock");
        Should.Throw<FormatException>(() => ContainersOf(("Csi:disks", "/run/csi"))).Message.ShouldContain("Csi__disks '/run/csi'");

        static ContainerSettings ContainersOf(params (string Name, string Value)[] settings) => ContainerSettings.From(
            new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(each => each.Name, each => (string?)each.Value)).Build());
    }
}
