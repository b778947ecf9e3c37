using Bourse.Allocator.Host.Http.Mapping;
using Bourse.Allocator.Host.Http.Streams;
using Bourse.Contracts;
using CsCheck;

namespace Bourse.Conformance.Http;

/// <summary>Contracts and v1 messages say the same.</summary>
public sealed class Mapping
{
    private static readonly Gen<Reservation> Layer = Gen.Select(
        Gen.Bool, Gen.Bool, Gen.Bool, (dynamic, principal, labels) =>
            new Reservation("eng", dynamic, dynamic && principal ? "alice" : null, dynamic && labels ? [new("k", "v"), new("w")] : []));

    private static readonly Gen<ValueList<Reservation>> Stack = Gen.Select(Layer, Layer, Gen.Int[0, 2], (first, second, depth) =>
        depth == 0 ? (ValueList<Reservation>)[] : depth == 1 ? [first] : [first, second with { Role = "eng/ui", Dynamic = true }]);

    private static readonly Gen<Resource> Any = Gen.Select(Gen.Int[0, 3], Gen.Long[1, 100_000_000], Stack, Gen.Bool, Gen.Bool, Gen.Int[0, 4],
        (kind, amount, stack, revocable, shared, disk) => (kind switch
        {
            0 => new Resource("cpus") { Scalar = new(amount) },
            1 => Resource.Of("ports", new Interval((ulong)amount, (ulong)amount + 5), new Interval(1, 3)),
            2 => Resource.Of("zones", "a", "b"),
            _ => new Resource("disk")
            {
                Scalar = new(amount),
                Disk = disk switch
                {
                    0 => null,
                    1 => new("id", "alice", "data", ReadOnly: true),
                    2 => new(SourceType: "PATH", SourceRoot: "/mnt", SourceProfile: "fast"),
                    3 => new("id", null, "data", SourceType: "MOUNT", SourceRoot: "/mnt"),
                    _ => new(SourceType: "RAW", SourceId: "vol-1"),
                },
                ProviderId = disk == 4 ? "p" : null,
            },
        }) with { Reservations = stack, Revocable = revocable, Shared = shared, AllocationRole = "eng/ui" });

    [Fact]
    public void Keeps_whole_resources_in_every_format() =>
        Gen.Select(Any.Array[0, 6].Select(entries => Resources.Of(entries)), Gen.Int[0, 2]).Sample((resources, format) =>
            ResourceReading.Read(ResourceWriting.Write(resources, (ReservationFormat)format, allocationInfo: true)) == resources
            || ResourceReading.Read(ResourceWriting.Write(resources, (ReservationFormat)format, allocationInfo: true)).Equals(resources));

    [Theory]
    [InlineData(TaskState.Unreachable)]
    [InlineData(TaskState.Dropped)]
    [InlineData(TaskState.Gone)]
    [InlineData(TaskState.GoneByOperator)]
    [InlineData(TaskState.Unknown)]
    public void Says_LOST_to_frameworks_that_know_no_better(TaskState state)
    {
        TaskStatusMapping.State(state, []).ShouldBe(MesosV1.TaskState.TaskLost);
        TaskStatusMapping.State(state, ["PARTITION_AWARE"]).ShouldNotBe(MesosV1.TaskState.TaskLost);
    }

    [Fact]
    public void Breaks_the_stream_of_a_scheduler_that_does_not_read()
    {
        var stream = new SchedulerStream(new("f"), 1, new("fw", "root", ["*"], [], TimeSpan.Zero, "alice"));
        for (var i = 0; i < SchedulerStream.Capacity; i++)
            stream.Post(new StreamItem.AgentFailed(new("a")));
        stream.Broken.IsCompleted.ShouldBeFalse();
        stream.Post(new StreamItem.AgentFailed(new("a")));
        stream.Broken.IsCompleted.ShouldBeTrue();
    }
}
