namespace Bourse.Cli.Cluster;

/// <summary>Where everything of a local cluster is.</summary>
internal sealed record Home(string Directory)
{
    public const int DefaultPort = 5050;

    /// <summary>What was decided at <c>up</c>: ports, agents, passwords. Private.</summary>
    public string Settings => In("cluster.json");

    /// <summary>The bearer tokens of operator, frameworks and agents. Private.</summary>
    public string Tokens => In("tokens.json");

    /// <summary>Encrypts the secrets at rest. Private.</summary>
    public string MasterKey => In("master.key");

    /// <summary>What the supervision last saw.</summary>
    public string Status => In("status.json");

    /// <summary>The supervising process.</summary>
    public string Supervisor => In("supervisor.json");

    /// <summary>Held by whoever brings the cluster up or down.</summary>
    public string Lock => In("lock");

    public string Postgres => In("postgres");
    public string RabbitMq => In("rabbitmq");
    public string Logs => In("log");
    public string Agents => In("agents");

    public string Log(string process) => Path.Combine(Logs, process + ".log");
    public string Running(string process) => Path.Combine(In("run"), process + ".json");

    /// <summary>
    /// The home to use: the one named; else <c>BOURSE_HOME</c>; else <c>.bourse</c> here, with the port behind it when that is
    /// not the default one, so that clusters on two ports never meet in one directory.
    /// </summary>
    public static Home Of(string? named, int? port) => new(Path.GetFullPath(
        named
        ?? (Environment.GetEnvironmentVariable("BOURSE_HOME") is { Length: > 0 } home ? home : null)
        ?? (port is null or DefaultPort ? ".bourse" : $".bourse-{port}")));

    /// <summary>Makes the directories.</summary>
    public void Create()
    {
        foreach (var directory in new[] { Directory, Logs, Agents, In("run") })
        {
            System.IO.Directory.CreateDirectory(directory);
        }
    }

    private string In(string name) => Path.Combine(Directory, name);
}
