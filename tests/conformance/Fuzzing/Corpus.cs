using System.Collections;
using System.Text;
using Bourse.Conformance.Wire;
using Bourse.MesosV1.Wire;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Master = Bourse.MesosV1.Master;
using Scheduler = Bourse.MesosV1.Scheduler;

namespace Bourse.Conformance.Fuzzing;

/// <summary>Valid calls to begin with: some as real clients write them, and one of every type filled at random.</summary>
internal static class Corpus
{
    /// <summary>An id that no framework has, as long as those that frameworks have: a seed changes both alike.</summary>
    public const string Framework = "00000000-0000-0000-0000-000000000000-0000";

    private static readonly string[] OfClients =
    [
        """{"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"root","name":"fw","role":"web","failover_timeout":3.6e+06,"checkpoint":true,"capabilities":[{"type":"PARTITION_AWARE"}],"labels":{"labels":[{"key":"a","value":"b"}]}},"suppressed_roles":[]}}""",
        """{"framework_id":null,"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"root","name":"fw","id":null,"failover_timeout":604800,"checkpoint":null,"role":"*","roles":[],"hostname":null,"principal":null,"webui_url":null,"capabilities":[],"labels":null},"suppressed_roles":[]},"accept":null,"decline":null}""",
        """{"framework_id":{"value":"F"},"type":"ACCEPT","accept":{"offer_ids":[{"value":"O1"}],"operations":[{"type":"LAUNCH","launch":{"task_infos":[{"name":"t","task_id":{"value":"t1"},"agent_id":{"value":"agent-1"},"command":{"shell":true,"value":"sleep 60","environment":{"variables":[{"name":"A","value":"b","type":null},{"name":"S","type":"SECRET","secret":{"type":"REFERENCE","reference":{"name":"n"}}}]}},"resources":[{"name":"cpus","type":"SCALAR","scalar":{"value":0.5},"role":null,"reservations":[]},{"name":"mem","type":"SCALAR","scalar":{"value":64}},{"name":"ports","type":"RANGES","ranges":{"range":[{"begin":31000,"end":31005}]}}],"container":{"type":"MESOS","volumes":[{"mode":"RO","container_path":"key","source":{"type":"SECRET","secret":{"type":"REFERENCE","reference":{"name":"n"}}}}]},"labels":{"labels":[{"key":"a"}]},"kill_policy":{"grace_period":{"nanoseconds":5000000000}},"data":"aGk="}]}}],"filters":{"refuse_seconds":5}}}""",
        """{"framework_id":{"value":"F"},"type":"ACCEPT","accept":{"offer_ids":[{"value":"O1"},{"value":"O2"}],"operations":[{"type":"LAUNCH_GROUP","launch_group":{"executor":{"type":"DEFAULT","executor_id":{"value":"e"},"framework_id":{"value":"F"}},"task_group":{"tasks":[{"name":"t","task_id":{"value":"t2"},"agent_id":{"value":"agent-1"},"command":{"value":"true"},"resources":[]}]}}},{"type":"RESERVE","id":{"value":"op1"},"reserve":{"resources":[{"name":"cpus","type":"SCALAR","scalar":{"value":1},"allocation_info":{"role":"dev"},"reservations":[{"type":"DYNAMIC","role":"dev","principal":"p1"}]}]}},{"type":"CREATE","create":{"volumes":[{"name":"disk","type":"SCALAR","scalar":{"value":512},"reservations":[{"type":"DYNAMIC","role":"dev"}],"disk":{"persistence":{"id":"v1"},"volume":{"container_path":"data","mode":"RW"}}}]}}]}}""",
        """{"framework_id":{"value":"F"},"type":"DECLINE","decline":{"offer_ids":[{"value":"O1"}],"filters":null}}""",
        """{"framework_id":{"value":"F"},"type":"KILL","kill":{"task_id":{"value":"t1"},"agent_id":{"value":"agent-1"},"kill_policy":{"grace_period":{"nanoseconds":5000000000}}}}""",
        """{"framework_id":{"value":"F"},"type":"ACKNOWLEDGE","acknowledge":{"agent_id":{"value":"agent-1"},"task_id":{"value":"t1"},"uuid":"AAAAAAAAAAAAAAAAAAAAAQ=="}}""",
        """{"framework_id":{"value":"F"},"type":"RECONCILE","reconcile":{"tasks":[{"task_id":{"value":"t1"},"agent_id":{"value":"agent-1"}},{"task_id":{"value":"t2"}}]}}""",
        """{"framework_id":{"value":"F"},"type":"SUPPRESS","suppress":{"roles":["web"]}}""",
        """{"framework_id":{"value":"F"},"type":"REVIVE","revive":null}""",
        """{"framework_id":{"value":"F"},"type":"UPDATE_FRAMEWORK","update_framework":{"framework_info":{"user":"root","name":"fw2","id":{"value":"F"},"role":"web","failover_timeout":600},"suppressed_roles":["web"]}}""",
    ];

    private static readonly string[] OfOperators =
    [
        """{"type":"GET_METRICS","get_metrics":{"timeout":{"nanoseconds":5000000000}}}""",
        """{"type":"SET_LOGGING_LEVEL","set_logging_level":{"level":1,"duration":{"nanoseconds":60000000000}}}""",
        """{"type":"READ_FILE","read_file":{"path":"/master/log","offset":0,"length":100}}""",
        """{"type":"LIST_FILES","list_files":{"path":"/master"}}""",
        """{"type":"RESERVE_RESOURCES","reserve_resources":{"agent_id":{"value":"agent-1"},"resources":[{"name":"cpus","type":"SCALAR","scalar":{"value":1},"reservations":[{"type":"DYNAMIC","role":"dev","principal":"operator"}]}]}}""",
        """{"type":"UPDATE_QUOTA","update_quota":{"force":false,"quota_configs":[{"role":"dev","guarantees":{"cpus":{"value":1}},"limits":{"cpus":{"value":4}}}]}}""",
        """{"type":"UPDATE_WEIGHTS","update_weights":{"weight_infos":[{"role":"dev","weight":2.0}]}}""",
        """{"type":"DRAIN_AGENT","drain_agent":{"agent_id":{"value":"agent-1"},"max_grace_period":{"seconds":600},"mark_gone":false}}""",
        """{"type":"UPDATE_MAINTENANCE_SCHEDULE","update_maintenance_schedule":{"schedule":{"windows":[{"machine_ids":[{"hostname":"a1","ip":"10.0.0.7"}],"unavailability":{"start":{"nanoseconds":1700000000000000000},"duration":{"nanoseconds":3600000000000}}}]}}}""",
    ];

    /// <summary>
    /// A mutated call, half of them as text and half in binary: some have another value in a field, and can be read; the others are
    /// mutated as bytes, and mostly cannot.
    /// </summary>
    public static (byte[] Body, bool Json) Mutated(Random random, bool scheduler, string framework)
    {
        var json = random.Next(2) == 0;
        if (random.Next(2) == 0)
        {
            var call = Call(random, scheduler, framework);
            for (var changes = random.Next(1, 4); changes > 0; changes--)
                Change(random, call);
            return (json ? MesosJson.Format(call) : call.ToByteArray(), json);
        }
        var body = json && random.Next(2) == 0 ? Encoding.UTF8.GetBytes(Text(random, scheduler, framework))
            : json ? MesosJson.Format(Call(random, scheduler, framework))
            : Call(random, scheduler, framework).ToByteArray();
        return (new Mutation(random).Of(body, json), json);
    }

    private static string Text(Random random, bool scheduler, string framework)
    {
        var texts = scheduler ? OfClients : OfOperators;
        return texts[random.Next(texts.Length)].Replace("{\"value\":\"F\"}", $"{{\"value\":\"{framework}\"}}", StringComparison.Ordinal);
    }

    private static IMessage Call(Random random, bool scheduler, string framework)
    {
        IMessage call;
        if (random.Next(3) > 0)
        {
            var text = Text(random, scheduler, framework);
            call = scheduler ? MesosJson.Parse<Scheduler.Call>(Encoding.UTF8.GetBytes(text)) : MesosJson.Parse<Master.Call>(Encoding.UTF8.GetBytes(text));
        }
        else
        {
            call = Filled(random, scheduler ? Scheduler.Call.Descriptor : Master.Call.Descriptor);
            if (call is Scheduler.Call { Type: not Scheduler.Call.Types.Type.Subscribe } own)
                own.FrameworkId = new() { Value = framework };
        }
        return call;
    }

    /// <summary>Another value in some field of some message inside, or none where none is needed.</summary>
    private static void Change(Random random, IMessage message)
    {
        var fields = message.Descriptor.Fields.InFieldNumberOrder();
        var inside = fields.Where(field => field is { FieldType: FieldType.Message, IsMap: false }).SelectMany(Messages).ToList();
        if (inside.Count > 0 && random.Next(4) > 0)
        {
            Change(random, inside[random.Next(inside.Count)]);
            return;
        }
        if (fields.Count == 0)
            return;
        var chosen = fields[random.Next(fields.Count)];
        var other = new RandomMessage((ulong)random.NextInt64()).Of(message.Descriptor);
        if (chosen.IsMap)
            return;
        if (chosen.IsRepeated)
        {
            var list = (IList)chosen.Accessor.GetValue(message);
            foreach (var item in (IList)chosen.Accessor.GetValue(other))
                list.Add(item);
        }
        else if (!chosen.HasPresence || chosen.Accessor.HasValue(other))
            chosen.Accessor.SetValue(message, chosen.Accessor.GetValue(other));
        else if (!chosen.IsRequired)
            chosen.Accessor.Clear(message);

        IEnumerable<IMessage> Messages(FieldDescriptor field) => field.IsRepeated
            ? ((IEnumerable)field.Accessor.GetValue(message)).Cast<IMessage>()
            : field.Accessor.HasValue(message) ? [(IMessage)field.Accessor.GetValue(message)] : [];
    }

    private static IMessage Filled(Random random, MessageDescriptor descriptor)
    {
        var call = (IMessage)Activator.CreateInstance(descriptor.ClrType)!;
        var kind = descriptor.FindFieldByName("type");
        var type = kind.EnumType.Values[random.Next(kind.EnumType.Values.Count)];
        kind.Accessor.SetValue(call, Enum.ToObject(kind.EnumType.ClrType, type.Number));
        if (descriptor.Fields.InFieldNumberOrder().FirstOrDefault(field => field.Name.Equals(type.Name, StringComparison.OrdinalIgnoreCase)) is { } member)
            member.Accessor.SetValue(call, new RandomMessage((ulong)random.NextInt64()).Of(member.MessageType));
        return call;
    }
}
