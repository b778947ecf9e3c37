using Bourse.Simulation;

namespace Bourse.Allocator.Tests;

/// <summary>One scenario per rule of allocation, in the words of scenario files.</summary>
public sealed class Allocating
{
    private static void Holds(string steps, string config = "")
    {
        for (var seed = 1; seed <= 10; seed++)
        {
            var report = Scenario.Run($"{config}\nsteps:\n{steps}", seed);
            report.Steps.Where(step => step.Failure is not null).Select(step => $"step {step.Number}: expected {string.Join(", ", step.Failure!.Expected)}; happened {string.Join(", ", step.Failure.Happened)}").ShouldBeEmpty();
        }
    }

    [Fact]
    public void A_role_competes_with_its_children_for_its_part() => Holds("""
          - add_framework: {id: f1, roles: [a]}
          - add_framework: {id: f2, roles: [a/x]}
          - add_framework: {id: f3, roles: [b]}
          - add_agent: {id: n1, total: "cpus:1;mem:100"}
          - add_agent: {id: n2, total: "cpus:1;mem:100"}
          - add_agent: {id: n3, total: "cpus:1;mem:100"}
          - add_agent: {id: n4, total: "cpus:1;mem:100"}
          - recover_all: {}
          - expect_offer_count: 4
          - advance: 1
          - expect_total: {"f1@a": "cpus:1;mem:100", "f2@a/x": "cpus:1;mem:100", "f3@b": "cpus:2;mem:200"}
        """);

    [Fact]
    public void Equal_shares_go_to_who_was_allocated_to_less_often() => Holds("""
          - add_framework: {id: f1, roles: [r]}
          - add_framework: {id: f2, roles: [r]}
          - add_agent: {id: n1, total: "cpus:1;mem:100"}
          - alternate: {rounds: 6, counts: {f1: 3, f2: 3}}
        """);

    [Fact]
    public void Limits_and_headroom_do_not_hold_back_what_is_not_counted() => Holds("""
          - set_quota: {role: other, guarantee: "cpus:4", limit: ""}
          - add_framework: {id: f, roles: [r], capabilities: [REVOCABLE_RESOURCES]}
          - add_agent: {id: n, total: "cpus:4;mem:100;cpus(r):1;cpus{revocable}:2;ports:[1-3]"}
          - expect: [{fw: f, role: r, agent: n, res: "mem:100;cpus(r):1;cpus{revocable}:2;ports:[1-3]"}]
        """);

    [Fact]
    public void A_limit_of_zero_stops_a_role() => Holds("""
          - set_quota: {role: r, limit: "cpus:0;mem:0"}
          - add_framework: {id: f, roles: [r]}
          - add_agent: {id: n, total: "cpus:4;mem:100"}
          - expect: []
          - set_quota: {role: r}
          - expect: []
          - advance: 1
          - expect: [{fw: f, role: r, agent: n, res: "cpus:4;mem:100"}]
        """);

    [Fact]
    public void An_indivisible_disk_is_taken_whole_or_not_at_all() => Holds("""
          - set_quota: {role: r, limit: "disk:250"}
          - add_framework: {id: f, roles: [r]}
          - add_agent: {id: n, total: "cpus:1;mem:100;disk{mount=a}:200;disk{mount=b}:200"}
          - expect_total: {"f@r": "cpus:1;mem:100;disk{mount=a}:200"}
        """);

    private const string TwoUnderOneLimit = """
          - set_quota: {role: eng, limit: "cpus:4;mem:1000"}
          - add_framework: {id: f1, roles: [eng/a]}
          - add_agent: {id: n1, total: "cpus:3;mem:100"}
          - add_framework: {id: f2, roles: [eng/b]}
          - add_agent: {id: n2, total: "cpus:3;mem:100"}
        """;

    [Fact]
    public void A_limit_of_a_parent_binds_its_subtree() => Holds(TwoUnderOneLimit + """

          - expect: [{fw: f1, role: eng/a, agent: n1, res: "cpus:3;mem:100"}, {fw: f2, role: eng/b, agent: n2, res: "cpus:1;mem:100"}]
          - recover: {fw: f1, role: eng/a, agent: n1, res: "cpus:1", refuse_seconds: 100}
          - advance: 1
          - expect_offer_count: 1
        """, "config: {mesos_compatible: false}");

    [Fact]
    public void A_limit_of_a_parent_does_not_bind_its_children_by_the_rules_of_Mesos() => Holds(TwoUnderOneLimit + """

          - expect: [{fw: f1, role: eng/a, agent: n1, res: "cpus:3;mem:100"}, {fw: f2, role: eng/b, agent: n2, res: "cpus:3;mem:100"}]
        """);

    [Fact]
    public void Constraints_choose_agents_by_their_attributes() => Holds("""
          - add_framework: {id: f, roles: [r], constraints: {r: [[{attribute: rack, TextMatches: "r[12]"}, {attribute: old, predicate: NotExists}]]}}
          - add_agent: {id: n1, total: "cpus:1;mem:100", attributes: "rack:r1"}
          - add_agent: {id: n2, total: "cpus:1;mem:100", attributes: {rack: r1, old: "yes"}}
          - add_agent: {id: n3, total: "cpus:1;mem:100", attributes: "rack:r11"}
          - add_agent: {id: n4, total: "cpus:1;mem:100", attributes: "rack:7"}
          - add_agent: {id: n5, total: "cpus:1;mem:100"}
          - expect: [{fw: f, role: r, agent: n1, res: "cpus:1;mem:100"}, {fw: f, role: r, agent: n4, res: "cpus:1;mem:100"}]
        """);

    [Fact]
    public void A_minimum_of_its_own_replaces_the_general_one() => Holds("""
          - add_framework: {id: f1, roles: [r], min_allocatable: {r: ["cpus:2;mem:64"]}}
          - add_framework: {id: f2, roles: [r], min_allocatable: {r: []}}
          - add_agent: {id: n1, total: "cpus:1.5;mem:100"}
          - add_agent: {id: n2, total: "disk:5"}
          - expect: [{fw: f2, role: r, agent: n1, res: "cpus:1.5;mem:100"}, {fw: f2, role: r, agent: n2, res: "disk:5"}]
        """);

    [Fact]
    public void Agents_elsewhere_go_to_who_knows_regions() => Holds("""
          - add_framework: {id: f1, roles: [r]}
          - add_framework: {id: f2, roles: [s], capabilities: [REGION_AWARE]}
          - add_agent: {id: n1, total: "cpus:1;mem:100", region: far, zone: z}
          - expect: [{fw: f2, role: s, agent: n1, res: "cpus:1;mem:100"}]
          - add_agent: {id: n2, total: "cpus:1;mem:100", region: here, zone: z}
          - expect: [{fw: f1, role: r, agent: n2, res: "cpus:1;mem:100"}]
        """, "config: {master_region: here}");

    [Fact]
    public void Whoever_holds_something_is_asked_once_to_leave_an_agent_under_maintenance() => Holds("""
          - add_framework: {id: f, roles: [r]}
          - add_agent: {id: n, total: "cpus:1;mem:100"}
          - unavailable: {agent: n, at: 100}
          - expect_inverse: [{fw: f, agent: n}]
          - advance: 2
          - expect_inverse: []
          - unavailable: {agent: n, at: 200}
          - expect_inverse: [{fw: f, agent: n}]
          - unavailable: {agent: n, at: null}
          - expect_inverse: []
        """);

    [Fact]
    public void After_a_failover_with_quotas_it_waits_for_most_agents() => Holds("""
          - recovery: {expected_agents: 3, factor: 0.8, timeout: 600, quotas: {q: {guarantee: "cpus:1"}}}
          - add_framework: {id: f, roles: [r]}
          - add_agent: {id: n1, total: "cpus:3;mem:100"}
          - advance: 2
          - expect: []
          - add_agent: {id: n2, total: "cpus:1;mem:100"}
          - expect_total: {"f@r": "cpus:1;mem:100"}
          - advance: 1
          - expect_total: {"f@r": "cpus:2;mem:100"}
        """);
}
