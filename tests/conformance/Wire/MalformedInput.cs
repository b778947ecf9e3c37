using System.Diagnostics;
using System.Text;
using Bourse.MesosV1.Scheduler;
using Bourse.MesosV1.Wire;
using CsCheck;
using Google.Protobuf;

namespace Bourse.Conformance.Wire;

/// <summary>Input that nobody meant: it is refused, or read, and nothing else ever happens.</summary>
public sealed class MalformedInput
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static readonly TheoryData<string> Corpus =
    [
        "", " ", "{", "}", "[", "\"", "{\"", "{\"type\"", "{\"type\":", "{\"type\":\"", "{\"type\":\"SUBSCRIBE\"", "{\"type\":\"SUBSCRIBE\",",
        "{\"type\":\"SUBSCRIBE\"}}", "{\"type\":\"SUBSCRIBE\"}{\"type\":\"SUBSCRIBE\"}", "{'type':'SUBSCRIBE'}", "{type:SUBSCRIBE}",
        "{\"type\":SUBSCRIBE}", "// comment\n{}", "{/* comment */}", "{\"type\":NaN}", "{\"type\":Infinity}", "{\"type\":undefined}",
        "{\"type\":\"\\u12\"}", "{\"type\":\"\\x41\"}", "{\"a\u0000b\":1}", "{\"type\":\"SUBSCRIBE\u0001\"}", "{\"accept\":{\"filters\":{\"refuse_seconds\":00}}}",
        "{\"accept\":{\"filters\":{\"refuse_seconds\":1.}}}", "{\"accept\":{\"filters\":{\"refuse_seconds\":.5}}}",
        "{\"accept\":{\"filters\":{\"refuse_seconds\":1e}}}", "{\"accept\":{\"filters\":{\"refuse_seconds\":--1}}}",
        "{\"accept\":{\"filters\":{\"refuse_seconds\":\"1,5\"}}}", "{\"accept\":{\"operations\":[[[[{}]]]]}}", "{\"accept\":[]}", "{\"accept\":1}",
        "{\"kill\":{\"task_id\":\"t\"}}", "{\"framework_id\":\"F\"}", "{\"framework_id\":{\"value\":{}}}", "\uFEFF{}", "{\"type\":\"SUBSCRIBE\"}\0",
    ];

    [Theory, MemberData(nameof(Corpus))]
    public void Is_refused_with_a_sentence(string text)
    {
        var problem = Should.Throw<UnreadableException>(() => MesosJson.Parse<Call>(Encoding.UTF8.GetBytes(text))).Message;
        problem.ShouldNotBeNullOrWhiteSpace();
    }

    [Fact]
    public void Is_refused_when_it_is_not_UTF_8() =>
        Should.Throw<UnreadableException>(() => MesosJson.Parse<Call>([.. "{\"framework_id\":{\"value\":\""u8, 0xFF, 0xC0, .. "\"}}"u8]));

    [Fact]
    public void Is_refused_in_time_however_large()
    {
        var clock = Stopwatch.StartNew();
        foreach (var text in (string[])[
            new string('[', 5_000_000), string.Concat(Enumerable.Repeat("{\"accept\":", 500_000)), "{\"type\":\"" + new string('A', 8_000_000),
            "{\"accept\":{\"filters\":{\"refuse_seconds\":" + new string('9', 5_000_000) + "}}}",
            "{\"accept\":{\"filters\":{\"refuse_seconds\":1e" + new string('9', 5_000_000) + "}}}"])
            Should.Throw<UnreadableException>(() => MesosJson.Parse<Call>(Encoding.UTF8.GetBytes(text)));
        clock.Elapsed.ShouldBeLessThan(Patience * 5);
    }

    [Fact]
    public void Never_breaks_the_JSON_reader_whichever_bytes_are_changed() =>
        Gen.Select(RoundTrips.AnyMessage, Gen.Select(Gen.Int, Gen.Byte).Array[1, 8], Gen.Int[0, 40]).Sample((message, changes, cut) =>
        {
            var bytes = MesosJson.Format(message);
            foreach (var (at, value) in changes)
                bytes[(int)((uint)at % bytes.Length)] = value;
            return ReadsOrRefuses(() => MesosJson.Parse(RoundTrips.Empty(message), bytes.AsSpan(0, Math.Max(0, bytes.Length - cut))));
        }, iter: 3000);

    [Fact]
    public void Never_breaks_the_protobuf_reader_whichever_bytes_are_changed() =>
        Gen.Select(Gen.ULong, Gen.Select(Gen.Int, Gen.Byte).Array[1, 8], Gen.Int[0, 40]).Sample((seed, changes, cut) =>
        {
            var bytes = new RandomMessage(seed).Of(Call.Descriptor).ToByteArray();
            if (bytes.Length == 0)
                return true;
            foreach (var (at, value) in changes)
                bytes[(int)((uint)at % bytes.Length)] = value;
            return ReadsOrRefuses(() => MesosProtobuf.Parse<Call>(bytes.AsSpan(0, Math.Max(0, bytes.Length - cut))));
        }, iter: 3000);

    private static bool ReadsOrRefuses(Action read)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            read();
        }
        catch (UnreadableException e)
        {
            e.Message.ShouldNotBeNullOrWhiteSpace();
        }
        return clock.Elapsed < Patience;
    }
}
