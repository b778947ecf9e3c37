using Bourse.MesosV1;
using Bourse.MesosV1.Scheduler;
using Bourse.MesosV1.Wire;
using Google.Protobuf;
using TaskStatus = Bourse.MesosV1.TaskStatus;

namespace Bourse.Conformance.Wire;

/// <summary>The binary form obeys proto2, as Mesos does.</summary>
public sealed class ReadingProtobuf
{
    [Fact]
    public void Enforces_required_fields_and_names_them()
    {
        var bytes = new Call { Type = Call.Types.Type.Subscribe, Subscribe = new() { FrameworkInfo = new() { Name = "fw" } } }.ToByteArray();
        Should.Throw<UnreadableException>(() => MesosProtobuf.Parse<Call>(bytes)).Message.ShouldBe("subscribe.framework_info.user is required");
    }

    [Fact]
    public void Reads_an_unknown_enum_number_as_absent()
    {
        var bytes = new Call { Type = (Call.Types.Type)4711 }.ToByteArray();
        MesosProtobuf.Parse<Call>(bytes).HasType.ShouldBeFalse();
    }

    [Fact]
    public void Refuses_a_required_enum_with_an_unknown_number()
    {
        var bytes = new TaskStatus { TaskId = new() { Value = "t" }, State = (TaskState)4711 }.ToByteArray();
        Should.Throw<UnreadableException>(() => MesosProtobuf.Parse<TaskStatus>(bytes)).Message.ShouldBe("state is required");
    }

    [Fact]
    public void Refuses_bytes_that_are_no_message() =>
        Should.Throw<UnreadableException>(() => MesosProtobuf.Parse<Call>([0x0A, 0xFF, 0xFF])).Message.ShouldBe("the body is not a valid protobuf message");

    [Fact]
    public void Bounds_nesting()
    {
        var deep = new ContainerID { Value = "c" };
        for (var i = 0; i < 500; i++)
            deep = new ContainerID { Value = "c", Parent = deep };
        Should.Throw<UnreadableException>(() => MesosProtobuf.Parse<ContainerID>(deep.ToByteArray()));
    }
}
