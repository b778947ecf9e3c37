using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Bourse.Simulation;

/// <summary>
/// A scenario file: steps of a cluster's life in virtual time, with what must come of them, run on the allocation engine that
/// production uses.
/// </summary>
public static class Scenario
{
    /// <summary>Runs a scenario.</summary>
    /// <param name="yaml">The text of the file.</param>
    /// <param name="seed">For the choices that the allocator makes at random.</param>
    /// <exception cref="ScenarioException">The file cannot be run.</exception>
    public static ScenarioReport Run(string yaml, long seed = 1)
    {
        var file = new Value(Parse(yaml), "scenario").Args();
        var kind = file.Take("kind")?.Text() ?? "allocator";
        var config = file.Take("config");
        IScenarioRun run = kind switch
        {
            "allocator" => new AllocatorRun(config?.Args(), seed),
            "sorter" => new SorterRun(config?.Args(), random: false, seed),
            "statistical" => new SorterRun(config?.Args(), random: true, seed),
            _ => throw new ScenarioException($"scenario, key 'kind': '{kind}' is none of allocator, sorter, statistical"),
        };

        var reports = new List<StepReport>();
        foreach (var step in file.Need("steps").List())
        {
            var number = reports.Count + 1;
            var (name, value) = step.Map() is [var only] ? only : throw new ScenarioException($"step {number}: a step is a map with one key, its name");
            reports.Add(run.Step(number, name, value.At($"step {number}, {name}")));
        }
        return new(file.Take("id")?.Text() ?? "", file.Take("name")?.Text() ?? "", kind, reports);
    }

    private static YamlNode Parse(string yaml)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(yaml));
        }
        catch (YamlException wrong)
        {
            throw new ScenarioException($"not YAML: {wrong.Message} (line {wrong.Start.Line})");
        }
        return stream.Documents.Count == 1 ? stream.Documents[0].RootNode : throw new ScenarioException("a scenario is one YAML document");
    }
}

/// <summary>Runs the steps of one kind of scenario.</summary>
internal interface IScenarioRun
{
    StepReport Step(int number, string name, Value value);
}
