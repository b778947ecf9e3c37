using System.Text.Json;
using Bourse.Contracts;
using CsCheck;

namespace Bourse.Contracts.Tests;

public sealed class AddingResources
{
    private static readonly Gen<Resource> AnyResource = Gen.OneOf(
        Gen.Select(Gen.Bool.Select(c => c ? "cpus" : "mem"), Gen.Int[1, 5000], Gen.Bool.Select(r => r ? "web" : null), Gen.Bool,
            (name, amount, role, revocable) => new Resource(name)
            {
                Scalar = new Scalar(amount),
                Revocable = revocable,
                Reservations = role is null ? [] : [new Reservation(role, Dynamic: false)],
            }),
        Gen.Select(Gen.ULong[0, 50], Gen.ULong[0, 9], (begin, length) => Resource.Of("ports", new Interval(begin, begin + length))),
        Gen.Int[0, 2].Select(i => "abc".Substring(i, 1)).Select(item => Resource.Of("licences", item)));

    private static readonly Gen<Resources> AnyBag = AnyResource.Array[0, 6].Select(entries => Resources.Of(entries));

    [Fact]
    public void Does_not_depend_on_the_order() =>
        Gen.Select(AnyBag, AnyBag, AnyBag).Sample((a, b, c) => (a + b + c).Equals(c + (b + a)));

    [Fact]
    public void Contains_both_parts() =>
        Gen.Select(AnyBag, AnyBag).Sample((a, b) => (a + b).Contains(a) && (a + b).Contains(b));

    [Fact]
    public void Of_scalars_is_undone_by_subtracting() =>
        Gen.Select(AnyBag, AnyBag).Sample((a, b) =>
        {
            var (x, y) = (a.Where(r => r.Scalar.HasValue), b.Where(r => r.Scalar.HasValue));
            return (x + y - y).Equals(x);
        });

    [Fact]
    public void Survives_JSON() =>
        AnyBag.Sample(bag => JsonSerializer.Deserialize<Resources>(JsonSerializer.Serialize(bag, Json.Options), Json.Options)!.Equals(bag));

    [Fact]
    public void Refuses_to_take_what_is_not_there() =>
        Should.Throw<InvalidOperationException>(() => Resources.Of(Resource.Of("cpus", 1)) - Resources.Of(Resource.Of("cpus", 2)));

    [Fact]
    public void Splits_ranges_where_they_are_cut() =>
        (Resources.Of(Resource.Of("ports", new Interval(31000, 31009))) - Resources.Of(Resource.Of("ports", new Interval(31003, 31004))))
            .ToString().ShouldBe("ports:[31000-31002, 31005-31009]");
}
