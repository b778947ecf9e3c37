using System.Text;
using Bourse.MesosV1;
using Bourse.MesosV1.Scheduler;
using Bourse.MesosV1.Wire;
using Google.Protobuf;
using TaskStatus = Bourse.MesosV1.TaskStatus;

namespace Bourse.Conformance.Wire;

/// <summary>Events to the letter: clients compare, count bytes and split at line feeds.</summary>
public sealed class WritingJson
{
    private static string Write(IMessage message) => Encoding.ASCII.GetString(MesosJson.Format(message));

    [Fact]
    public void Gives_the_heartbeat_that_Mesos_gives() =>
        Write(new Event { Type = Event.Types.Type.Heartbeat }).ShouldBe("""{"type":"HEARTBEAT"}""");

    [Fact]
    public void Gives_SUBSCRIBED_with_a_fraction_in_every_double() =>
        Write(new Event
        {
            Type = Event.Types.Type.Subscribed,
            Subscribed = new() { FrameworkId = new() { Value = "M-0000" }, HeartbeatIntervalSeconds = 5 },
        }).ShouldBe("""{"type":"SUBSCRIBED","subscribed":{"framework_id":{"value":"M-0000"},"heartbeat_interval_seconds":5.0}}""");

    [Fact]
    public void Gives_an_update_with_its_uuid_in_base64() =>
        Write(new Event
        {
            Type = Event.Types.Type.Update,
            Update = new()
            {
                Status = new()
                {
                    TaskId = new() { Value = "t1" }, State = TaskState.TaskRunning, Source = TaskStatus.Types.Source.Executor,
                    AgentId = new() { Value = "M-S0" }, Timestamp = 1700000000.5, Uuid = ByteString.CopyFrom(new byte[16]),
                },
            },
        }).ShouldBe("""
            {"type":"UPDATE","update":{"status":{"task_id":{"value":"t1"},"state":"TASK_RUNNING","agent_id":{"value":"M-S0"},
            "timestamp":1700000000.5,"source":"SOURCE_EXECUTOR","uuid":"AAAAAAAAAAAAAAAAAAAAAA=="}}}
            """.ReplaceLineEndings(""));

    [Fact]
    public void Writes_64_bit_integers_as_numbers() =>
        Write(new Value.Types.Range { Begin = 31000, End = ulong.MaxValue }).ShouldBe("""{"begin":31000,"end":18446744073709551615}""");

    [Theory]
    [InlineData(0, "0.0")]
    [InlineData(-0.0, "-0.0")]
    [InlineData(15, "15.0")]
    [InlineData(0.1, "0.1")]
    [InlineData(1e21, "1E+21")]
    [InlineData(double.PositiveInfinity, "\"Infinity\"")]
    [InlineData(double.NegativeInfinity, "\"-Infinity\"")]
    public void Writes_doubles_so_that_they_read_back(double value, string text) =>
        Write(new Value.Types.Scalar { Value = value }).ShouldBe($$"""{"value":{{text}}}""");

    [Fact]
    public void Writes_declared_defaults_of_messages_that_are_there()
    {
        Write(new Filters()).ShouldBe("""{"refuse_seconds":5.0}""");
        Write(new CommandInfo { Value = "true" }).ShouldBe("""{"value":"true","shell":true}""");
        Write(new FrameworkInfo { User = "u", Name = "n" }).ShouldBe("""{"user":"u","name":"n","failover_timeout":0.0,"checkpoint":false}""");
    }

    [Fact]
    public void Leaves_the_deprecated_role_out_until_it_is_set()
    {
        var cpus = new Resource { Name = "cpus", Type = Value.Types.Type.Scalar, Scalar = new() { Value = 4 } };
        Write(cpus).ShouldBe("""{"name":"cpus","type":"SCALAR","scalar":{"value":4.0}}""");
        cpus.Role = "*";
        Write(cpus).ShouldBe("""{"name":"cpus","type":"SCALAR","scalar":{"value":4.0},"role":"*"}""");
    }

    [Fact]
    public void Keeps_empty_marker_objects() =>
        Write(new Resource { Name = "cpus", Type = Value.Types.Type.Scalar, Scalar = new() { Value = 1 }, Revocable = new(), Shared = new() })
            .ShouldBe("""{"name":"cpus","type":"SCALAR","scalar":{"value":1.0},"revocable":{},"shared":{}}""");

    [Fact]
    public void Escapes_down_to_ASCII_without_a_line_break()
    {
        var text = "a\"b\\c\n\r\t\b\f\u0001/\u007f é\u2028😀";
        var json = Write(new TaskID { Value = text });
        json.ShouldBe("""{"value":"a\"b\\c\n\r\t\b\f\u0001/\u007f \u00e9\u2028\ud83d\ude00"}""");
        MesosJson.Parse<TaskID>(Encoding.ASCII.GetBytes(json)).Value.ShouldBe(text);
    }

    [Fact]
    public void Writes_a_Duration_as_an_object() =>
        Write(new DrainConfig { MaxGracePeriod = new() { Nanoseconds = 5 } }).ShouldBe("""{"max_grace_period":{"nanoseconds":5},"mark_gone":false}""");

    [Fact]
    public void Writes_the_lists_of_the_operator_calls_even_when_they_are_empty()
    {
        Write(new Bourse.MesosV1.Master.Response.Types.GetAgents()).ShouldBe("""{"agents":[],"recovered_agents":[]}""");
        Write(new Event.Types.Offers()).ShouldBe("{}");
    }
}
