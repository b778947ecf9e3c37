using System.Text;
using Bourse.MesosV1;
using Bourse.MesosV1.Scheduler;
using Bourse.MesosV1.Wire;
using Google.Protobuf;
using TaskStatus = Bourse.MesosV1.TaskStatus;

namespace Bourse.Conformance.Wire;

/// <summary>What real clients send, as they send it, and what must be refused.</summary>
public sealed class ReadingJson
{
    private static T Read<T>(string json) where T : class, IMessage<T>, new() => MesosJson.Parse<T>(Encoding.UTF8.GetBytes(json));

    private static string Refusal<T>(string json) where T : class, IMessage<T>, new() => Should.Throw<UnreadableException>(() => Read<T>(json)).Message;

    [Fact]
    public void Takes_the_subscription_of_the_Node_client_with_null_for_everything_it_does_not_say()
    {
        var call = Read<Call>("""
            {"framework_id":null,"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"root","name":"fw","id":null,"failover_timeout":604800,
            "checkpoint":null,"role":"*","roles":[],"hostname":null,"principal":null,"webui_url":null,"capabilities":[],"labels":null},
            "suppressed_roles":[]},"accept":null,"decline":null,"kill":null}
            """);
        call.Type.ShouldBe(Call.Types.Type.Subscribe);
        call.FrameworkId.ShouldBeNull();
        call.Accept.ShouldBeNull();
        call.Subscribe.FrameworkInfo.FailoverTimeout.ShouldBe(604800);
        call.Subscribe.FrameworkInfo.HasCheckpoint.ShouldBeFalse();
        call.Subscribe.FrameworkInfo.HasPrincipal.ShouldBeFalse();
    }

    [Fact]
    public void Takes_the_subscription_of_the_Go_client_with_exponents()
    {
        var call = Read<Call>("""
            {"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"root","name":"x","failover_timeout":3.6e+06,"checkpoint":true,
            "capabilities":[{"type":"RESERVATION_REFINEMENT"}],"offer_filters":null}}}
            """);
        call.Subscribe.FrameworkInfo.FailoverTimeout.ShouldBe(3_600_000);
        call.Subscribe.FrameworkInfo.Capabilities.ShouldHaveSingleItem().Type.ShouldBe(FrameworkInfo.Types.Capability.Types.Type.ReservationRefinement);
    }

    [Fact]
    public void Ignores_members_it_does_not_know() =>
        Read<TaskID>("""{"value":"t1","colour":{"nested":[1,2,{"deep":null}]},"VALUE":"other"}""").Value.ShouldBe("t1");

    [Fact]
    public void Takes_a_single_value_for_a_list() =>
        Read<Call.Types.Decline>("""{"offer_ids":{"value":"O1"},"filters":null}""").OfferIds.ShouldHaveSingleItem().Value.ShouldBe("O1");

    [Fact]
    public void Skips_null_among_the_items_of_a_list() =>
        Read<Call.Types.Revive>("""{"roles":["a",null,"b"]}""").Roles.ShouldBe(["a", "b"]);

    [Theory]
    [InlineData("5050", 5050)]
    [InlineData("\"5050\"", 5050)]
    [InlineData("5050.9", 5050)]
    [InlineData("5.05e3", 5050)]
    [InlineData("-1", -1)]
    [InlineData("\"-1\"", -1)]
    public void Takes_integers_in_the_forms_of_Mesos(string text, int port) =>
        Read<AgentInfo>($$"""{"hostname":"a","port":{{text}}}""").Port.ShouldBe(port);

    [Theory]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("-9223372036854775808", long.MinValue)]
    [InlineData("\"9007199254740993\"", 9007199254740993)]
    public void Keeps_every_digit_of_64_bits(string text, long nanoseconds) =>
        Read<TimeInfo>($$"""{"nanoseconds":{{text}}}""").Nanoseconds.ShouldBe(nanoseconds);

    [Theory]
    [InlineData("\"Infinity\"", double.PositiveInfinity)]
    [InlineData("\"-Infinity\"", double.NegativeInfinity)]
    [InlineData("\"1.5\"", 1.5)]
    [InlineData("1E-3", 0.001)]
    public void Takes_doubles_in_the_forms_of_Mesos(string text, double value) =>
        Read<Value.Types.Scalar>($$"""{"value":{{text}}}""").Value.ShouldBe(value);

    [Theory]
    [InlineData("\"true\"", true)]
    [InlineData("\"false\"", false)]
    [InlineData("true", true)]
    public void Takes_booleans_as_words(string text, bool value) =>
        Read<CommandInfo>($$"""{"shell":{{text}}}""").Shell.ShouldBe(value);

    [Fact]
    public void Reads_an_unknown_name_of_an_optional_enum_as_absent()
    {
        var status = Read<TaskStatus>("""{"task_id":{"value":"t"},"state":"TASK_RUNNING","reason":"REASON_NOBODY_KNOWS"}""");
        status.HasReason.ShouldBeFalse();
        Read<Call>("""{"type":"FETCH_COFFEE"}""").HasType.ShouldBeFalse();
    }

    [Theory]
    [InlineData("\"aGk=\"")]
    [InlineData("""{"buffer":{"type":"Buffer","data":[104,105]},"offset":0,"limit":2,"littleEndian":false}""")]
    [InlineData("""{"buffer":{"type":"Buffer","data":[0,104,105,0]},"offset":1,"limit":3}""")]
    [InlineData("""{"type":"Buffer","data":[104,105]}""")]
    [InlineData("""{"value":"aGk="}""")]
    public void Takes_bytes_as_base64_and_as_clients_wrap_them(string data) =>
        Read<TaskInfo>($$"""{"name":"t","task_id":{"value":"t"},"agent_id":{"value":"a"},"data":{{data}}}""").Data.ToStringUtf8().ShouldBe("hi");

    [Fact]
    public void Reads_maps_by_key_and_an_empty_array_as_no_map()
    {
        Read<TaskInfo>("""{"name":"t","task_id":{"value":"t"},"agent_id":{"value":"a"},"limits":{"mem":{"value":"Infinity"},"cpus":null}}""")
            .Limits.ShouldHaveSingleItem().Key.ShouldBe("mem");
        Read<TaskInfo>("""{"name":"t","task_id":{"value":"t"},"agent_id":{"value":"a"},"limits":[]}""").Limits.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{}""", "value is required")]
    [InlineData("""{"value":null}""", "value is required")]
    [InlineData("""{"value":1}""", "value must be a string")]
    [InlineData("""{"value":["t"]}""", "value must be a string")]
    [InlineData("""{"value":"a","value":"b"}""", "value is given twice")]
    [InlineData("""[]""", "the body must be a JSON object")]
    [InlineData("""null""", "the body must be a JSON object")]
    [InlineData("""{"value":"a"} x""", "the body is not valid JSON: line 1, byte 14")]
    [InlineData("""{"value":"a",}""", "the body is not valid JSON: line 1, byte 13")]
    [InlineData("""{"value":"\ud800"}""", "the body holds a string that is not valid UTF-8")]
    public void Refuses_what_is_no_task_id_and_says_why(string json, string why) => Refusal<TaskID>(json).ShouldBe(why);

    [Theory]
    [InlineData("""{"type":"SUBSCRIBE","subscribe":{"framework_info":{"name":"fw"}}}""", "subscribe.framework_info.user is required")]
    [InlineData("""{"type":"SUBSCRIBE","subscribe":[{"framework_info":{}}]}""", "subscribe must be an object")]
    [InlineData("""{"type":1}""", "type must be the name of an enum value")]
    [InlineData("""{"accept":{"filters":{"refuse_seconds":"NaN"}}}""", "accept.filters.refuse_seconds must be a number")]
    [InlineData("""{"accept":{"filters":{"refuse_seconds":1e999}}}""", "accept.filters.refuse_seconds must be a number")]
    [InlineData("""{"accept":{"filters":{"refuse_seconds":true}}}""", "accept.filters.refuse_seconds must be a number")]
    [InlineData("""{"acknowledge":{"uuid":"not base64"}}""", "acknowledge.uuid must be a base64 string")]
    [InlineData("""{"acknowledge":{"uuid":{"type":"Buffer","data":[256]}}}""", "acknowledge.uuid must be a base64 string")]
    [InlineData("""{"accept":{"operations":[{"type":"LAUNCH","launch":{"task_infos":[{"name":"t","task_id":{},"agent_id":{"value":"a"}}]}}]}}""",
        "accept.operations.launch.task_infos.task_id.value is required")]
    [InlineData("""{"accept":{"operations":[{"type":"LAUNCH","launch":{"task_infos":[{"name":"t","task_id":{"value":"t"},"agent_id":{"value":"a"},"limits":[1]}]}}]}}""",
        "accept.operations.launch.task_infos.limits must be an object")]
    public void Names_the_field_that_is_wrong(string json, string why) => Refusal<Call>(json).ShouldBe(why);

    [Theory]
    [InlineData("4294967296")]
    [InlineData("-1")]
    [InlineData("1e300")]
    [InlineData("\"\"")]
    [InlineData("\" 1\"")]
    [InlineData("\"0x10\"")]
    public void Refuses_numbers_that_do_not_fit(string text) =>
        Refusal<MasterInfo>($$"""{"id":"m","ip":{{text}},"port":1}""").ShouldBe("ip must be an unsigned 32-bit integer");

    [Fact]
    public void Refuses_a_required_enum_with_an_unknown_name() =>
        Refusal<TaskStatus>("""{"task_id":{"value":"t"},"state":"TASK_HAPPY"}""").ShouldBe("state is required");

    [Fact]
    public void Refuses_nesting_beyond_the_limit_wherever_it_is()
    {
        var deep = string.Concat(Enumerable.Repeat("""{"parent":""", 100)) + "{}" + new string('}', 100);
        Refusal<ContainerID>(deep).ShouldStartWith("the body is not valid JSON");
        Refusal<ContainerID>($$"""{"value":"c","unknown":{{new string('[', 100)}}{{new string(']', 100)}}}""").ShouldStartWith("the body is not valid JSON");
    }

    [Fact]
    public void Never_quotes_what_was_sent()
    {
        Refusal<Secret>("""{"type":"VALUE","value":{"data":"hunter2-is-no-base64!"}}""").ShouldNotContain("hunter2");
        Refusal<Secret>("""{"type":"VALUE","value":"hunter2"}""").ShouldNotContain("hunter2");
        Refusal<Secret>("""{"type":"VALUE","value":{"data":hunter2}}""").ShouldNotContain("hunter2");
    }
}
