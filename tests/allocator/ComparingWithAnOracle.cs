using Bourse.Allocator.Engine;
using Bourse.Contracts;
using CsCheck;

namespace Bourse.Allocator.Tests;

/// <summary>The engine against <see cref="NaiveAllocator"/> on random clusters, and what must hold of it whatever happens.</summary>
public sealed class ComparingWithAnOracle
{
    private static readonly string[] RoleNames = ["a", "a/x", "a/y", "b", "c"];
    private static readonly Gen<(int, int, int, int)[]> Steps = Gen.Select(Gen.Int[0, 10], Gen.Int[0, 7], Gen.Int[0, 7], Gen.Int[0, 7]).Array[5, 50];
    private static readonly Gen<int[]> Frameworks = Gen.Int[0, 24].Array[1, 6];

    [Fact]
    public void Both_give_the_same_to_the_same() =>
        Gen.Select(Frameworks, Steps).Sample((frameworks, steps) => new Both(frameworks).Play(steps, quotas: true), iter: 3000);

    [Fact]
    public void After_a_run_over_all_agents_nothing_is_left_to_give() =>
        Gen.Select(Frameworks, Steps).Sample((frameworks, steps) => new Both(frameworks).Play(steps, quotas: false), iter: 3000);

    private sealed class Both
    {
        private readonly AllocationEngine engine = new(new EngineOptions { MesosCompatible = true });
        private readonly NaiveAllocator naive = new();
        private long now;

        public Both(int[] frameworks)
        {
            for (var i = 0; i < frameworks.Length; i++)
            {
                var roles = new[] { RoleNames[frameworks[i] % 5], RoleNames[frameworks[i] / 5] }.Distinct().ToList();
                engine.SetFramework($"f{i}", roles, i % 3 == 0 ? ["GPU_RESOURCES"] : [], active: true, suppressed: []);
                naive.Clients.AddRange(roles.Select(role => ($"f{i}", role)));
                if (i % 3 == 0)
                    naive.WithGpus.Add($"f{i}");
            }
        }

        public bool Play((int, int, int, int)[] steps, bool quotas)
        {
            foreach (var (what, a, b, c) in steps)
            {
                Do(what, $"agent{a}", a, b, c, quotas);
                if (!Consistent())
                    return false;
                if (what is 8 or 9 or 10 && !(quotas ? OneByOne() : AllAtOnce(a)))
                    return false;
            }
            return true;
        }

        private void Do(int what, string id, int a, int b, int c, bool quotas)
        {
            var client = naive.Clients[b % naive.Clients.Count];
            switch (what)
            {
                case 0 or 1 when !naive.Machines.ContainsKey(id):
                    naive.Machines[id] = new() { Total = Total(b, c) };
                    engine.AddAgent(id, Bag(Total(b, c)));
                    break;
                case 0 when c == 0:
                    naive.Machines.Remove(id);
                    naive.Filters.RemoveAll(filter => filter.Machine == id);
                    engine.RemoveAgent(engine.Agent(id)!);
                    break;
                case 2 when naive.Suppressed.Add(client):
                    engine.Suppress(engine.Framework(client.Framework)!, [client.Role]);
                    break;
                case 2 or 3:
                    naive.Suppressed.Remove(client);
                    naive.Filters.RemoveAll(filter => (filter.Framework, filter.Role) == client);
                    engine.Revive(engine.Framework(client.Framework)!, [client.Role]);
                    break;
                case 4 when quotas:
                    SetQuota("abc"[a % 3].ToString(), b, c);
                    break;
                case 5:
                    naive.Weights[RoleNames[a % 5]] = 1 + (b % 3);
                    engine.SetWeight(RoleNames[a % 5], 1 + (b % 3));
                    break;
                case 6 or 7:
                    GiveBack(id, b, refuse: c - 2);
                    break;
                default:
                    now += c;
                    engine.Expire(now);
                    naive.Filters.RemoveAll(filter => filter.Until <= now);
                    break;
            }
        }

        private void SetQuota(string role, int b, int c)
        {
            naive.Guarantees.Remove(role);
            naive.Limits.Remove(role);
            if (b > 3)
                naive.Guarantees[role] = new() { ["cpus"] = b * 500, ["mem"] = c * 40_000 };
            if (c > 2)
                naive.Limits[role] = new() { ["cpus"] = (b + c) * 500, ["mem"] = c * 60_000 };
            engine.SetQuota(role, Amounts(naive.Guarantees.GetValueOrDefault(role)), Amounts(naive.Limits.GetValueOrDefault(role)));
        }

        private IEnumerable<(int, long)> Amounts(Dictionary<string, long>? amounts) => [.. (amounts ?? []).Select(each => (engine.Names.Of(each.Key), each.Value))];

        private void GiveBack(string id, int which, int refuse)
        {
            if (!naive.Machines.TryGetValue(id, out var machine) || machine.Held.Count == 0)
                return;
            var (key, held) = machine.Held.OrderBy(each => each.Key.Framework, StringComparer.Ordinal).ThenBy(each => each.Key.Role, StringComparer.Ordinal).ElementAt(which % machine.Held.Count);
            machine.Held.Remove(key);
            engine.Release(engine.Agent(id)!, engine.Client(key.Framework, key.Role), Bag(held));
            if (refuse <= 0)
                return;
            naive.Filters.Add(new(key.Framework, key.Role, id, held, now + refuse));
            engine.Refuse(engine.Agent(id)!, engine.Client(key.Framework, key.Role), Bag(held), now + refuse);
        }

        private bool OneByOne()
        {
            foreach (var id in naive.Machines.Keys)
            {
                var made = engine.Run(1, [engine.Agent(id)!]).Select(each => $"{each.Client.Framework.Id} {each.Client.Role.Path} {each.Bag.ToResources()}").Order(StringComparer.Ordinal).ToList();
                var wanted = naive.Run(id, now).Select(each => $"{each.Framework} {each.Role} {Bag(each.Resources).ToResources()}").Order(StringComparer.Ordinal).ToList();
                if (!made.SequenceEqual(wanted))
                    throw new InvalidOperationException($"{id}: engine {string.Join(" | ", made)}; oracle {string.Join(" | ", wanted)}");
            }
            return true;
        }

        private bool AllAtOnce(int seed)
        {
            foreach (var made in engine.Run(seed))
            {
                var held = naive.Machines[made.Agent.Id].Held;
                var key = (made.Client.Framework.Id, made.Client.Role.Path);
                var mine = held.TryGetValue(key, out var there) ? there : held[key] = [];
                foreach (var entry in made.Bag.ToResources().Entries)
                    mine[(entry.Name, entry.ReservedFor ?? "")] = mine.GetValueOrDefault((entry.Name, entry.ReservedFor ?? "")) + entry.Scalar!.Value.Thousandths;
            }
            return naive.Machines.Keys.All(id => naive.Run(id, now).Count == 0);
        }

        // Nothing is held twice, and what is available is what nobody holds.
        private bool Consistent() => naive.Machines.All(each =>
            engine.Agent(each.Key)!.Available.ToResources().Equals(Bag(each.Value.Available()).ToResources()));

        private static Dictionary<(string Name, string Reserved), long> Total(int b, int c)
        {
            Dictionary<(string, string), long> total = new() { [("cpus", "")] = 500 * (b + 1), [("mem", "")] = 32_000 * (c + 1) };
            if (b == 3)
                total[("gpus", "")] = 1000;
            if (c > 4)
                total[("cpus", RoleNames[b % 5])] = 1000;
            if (c == 7)
                total[("mem", "a")] = 64_000;
            return total;
        }

        private Bag Bag(Dictionary<(string Name, string Reserved), long> amounts) => engine.Kinds.Bag(Resources.Of(amounts.Select(each =>
            new Resource(each.Key.Name) { Scalar = new Scalar(each.Value), Reservations = each.Key.Reserved.Length > 0 ? [new Reservation(each.Key.Reserved, Dynamic: false)] : [] })));
    }
}
