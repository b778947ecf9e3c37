using System.Text;
using Bourse.MesosV1.Wire;
using CsCheck;

namespace Bourse.Conformance.Wire;

/// <summary>RecordIO: records come out as they went in, however the bytes were cut on the way.</summary>
public sealed class FramingRecords
{
    [Fact]
    public void Gives_the_bytes_of_the_specification()
    {
        byte[] both = [.. RecordIO.Frame("hello"u8), .. RecordIO.Frame("world!"u8)];
        Encoding.ASCII.GetString(both).ShouldBe("5\nhello6\nworld!");
    }

    [Fact]
    public void Counts_bytes_and_not_characters() => RecordIO.Frame(Encoding.UTF8.GetBytes("é"))[0].ShouldBe((byte)'2');

    [Fact]
    public void Refuses_to_write_an_empty_record() => Should.Throw<ArgumentException>(() => RecordIO.Frame([]));

    [Fact]
    public void Gives_back_every_record_whatever_the_cuts() =>
        Gen.Select(Gen.Byte.Array[1, 50].Array[0, 10], Gen.Int[1, 20]).Sample((records, piece) =>
        {
            var bytes = records.SelectMany(record => RecordIO.Frame(record)).ToArray();
            var reader = new RecordReader();
            var back = bytes.Chunk(piece).SelectMany(chunk => reader.Feed(chunk)).ToArray();
            return reader.AtBoundary && back.Length == records.Length && back.Zip(records).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second));
        });

    [Fact]
    public void Knows_when_a_record_is_not_complete()
    {
        var reader = new RecordReader();
        reader.Feed("5\nhel"u8).ShouldBeEmpty();
        reader.AtBoundary.ShouldBeFalse();
    }

    [Fact]
    public void Hands_out_an_empty_record_at_once() => new RecordReader().Feed("0\n1\nx"u8).Select(record => record.Length).ShouldBe([0, 1]);

    [Theory]
    [InlineData("x")]
    [InlineData("\n")]
    [InlineData("-1\nx")]
    [InlineData("+1\nx")]
    [InlineData(" 1\nx")]
    [InlineData("1\r\nx")]
    [InlineData("4194305\n")]
    [InlineData("99999999999999999999999999\n")]
    [InlineData("000000000000000000000\n")]
    public void Loses_the_stream_at_a_bad_length_for_good(string bytes)
    {
        var reader = new RecordReader();
        Should.Throw<UnreadableException>(() => reader.Feed(Encoding.ASCII.GetBytes(bytes)));
        Should.Throw<UnreadableException>(() => reader.Feed("1\nx"u8));
    }

    [Fact]
    public void Never_breaks_at_random_bytes() =>
        Gen.Byte.Array[0, 100].Sample(bytes =>
        {
            try
            {
                new RecordReader(64).Feed(bytes);
            }
            catch (UnreadableException)
            {
                // The only way out.
            }
        });
}
