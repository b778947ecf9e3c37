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

    /// <summary>A call, spoilt; the framework's id is where it belongs.</summary>
    public static (byte[] Body, bool Json) Mutated(Random random, bool scheduler, string framework) => scheduler
        ? new Spoiling<Scheduler.Call>(
            [.. OfClients.Select(text => text.Replace("{\"value\":\"F\"}", $"{{\"value\":\"{framework}\"}}", StringComparison.Ordinal))],
            call =>
            {
                if (call.Type != Scheduler.Call.Types.Type.Subscribe)
                    call.FrameworkId = new() { Value = framework };
            }).Next(random)
        : new Spoiling<Master.Call>(OfOperators).Next(random);
}
