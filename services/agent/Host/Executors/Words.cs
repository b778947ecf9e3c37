using Bourse.Contracts;
using Bourse.MesosEdge;
using Google.Protobuf;
using V1 = Bourse.MesosV1;

namespace Bourse.Agent.Host.Executors;

/// <summary>What the agent holds, in the words of the v1 API.</summary>
internal static class Words
{
    public static V1.ExecutorInfo Executor(AgentExecutor executor)
    {
        var (spec, info) = (executor.Spec, new V1.ExecutorInfo());
        info.Type = executor.IsDefault ? V1.ExecutorInfo.Types.Type.Default : V1.ExecutorInfo.Types.Type.Custom;
        info.ExecutorId = new() { Value = spec.Id.Value };
        info.FrameworkId = new() { Value = executor.FrameworkId.Value };
        info.Name = spec.Name;
        info.Labels = LabelMapping.Write(spec.Labels);
        info.Discovery = DiscoveryMapping.Write(spec.Discovery);
        info.Resources.Add(ResourceWriting.Write(spec.Resources, ReservationFormat.Endpoint, allocationInfo: true));
        if (spec.Command is { } command)
            info.Command = Command(command);
        if (spec.ShutdownGrace is { } grace)
            info.ShutdownGracePeriod = Duration(grace);
        if (spec.Source is { } source)
            info.Source = source;
        if (spec.Data is { } data)
            info.Data = ByteString.FromBase64(data);
        return info;
    }

    public static V1.AgentInfo Agent(AgentDescription agent)
    {
        var info = new V1.AgentInfo
        {
            Id = new() { Value = agent.Id.Value },
            Hostname = agent.Hostname,
            Port = agent.Port,
            Resources = { ResourceWriting.Write(agent.Total, ReservationFormat.Endpoint, allocationInfo: false) },
        };
        foreach (var attribute in agent.Attributes.Where(attribute => attribute.Text is not null))
            info.Attributes.Add(new V1.Attribute { Name = attribute.Name, Type = V1.Value.Types.Type.Text, Text = new() { Value = attribute.Text } });
        foreach (var attribute in agent.Attributes.Where(attribute => attribute.Scalar is not null))
            info.Attributes.Add(new V1.Attribute { Name = attribute.Name, Type = V1.Value.Types.Type.Scalar, Scalar = new() { Value = attribute.Scalar!.Value.ToDouble() } });
        foreach (var attribute in agent.Attributes.Where(attribute => attribute.Ranges.Count > 0))
            info.Attributes.Add(new V1.Attribute
            {
                Name = attribute.Name,
                Type = V1.Value.Types.Type.Ranges,
                Ranges = new() { Range = { attribute.Ranges.Select(i => new V1.Value.Types.Range { Begin = i.Begin, End = i.End }) } },
            });
        return info;
    }

    /// <summary>A task as its framework described it.</summary>
    public static V1.TaskInfo Task(AgentTask task, AgentId agent, AgentExecutor? executor)
    {
        var (spec, info) = (task.Spec, new V1.TaskInfo());
        info.TaskId = new() { Value = spec.Id.Value };
        info.Name = spec.Name;
        info.AgentId = new() { Value = agent.Value };
        info.Resources.Add(ResourceWriting.Write(spec.Resources, ReservationFormat.Endpoint, allocationInfo: true));
        info.Labels = LabelMapping.Write(spec.Labels);
        info.Discovery = DiscoveryMapping.Write(spec.Discovery);
        LimitMapping.Write(info.Limits, spec.Limits);
        info.KillPolicy = new() { GracePeriod = Duration(spec.KillGrace) };
        if (executor is not null)
            info.Executor = Executor(executor);
        if (spec.Command.Value is not null)
            info.Command = Command(spec.Command);
        if (spec.Data is { } data)
            info.Data = ByteString.FromBase64(data);
        if (spec.Health is { } health)
            info.HealthCheck = Health(health);
        if (spec.Check is { } check)
            info.Check = Check(check);
        if (spec.Longest is { } longest)
            info.MaxCompletionTime = Duration(longest);
        return info;
    }

    public static V1.CommandInfo Command(TaskCommand command)
    {
        var info = new V1.CommandInfo { Shell = command.Shell };
        if (command.Value is { } value)
            info.Value = value;
        if (command.User is { } user)
            info.User = user;
        info.Arguments.Add(command.Arguments);
        if (command.Environment.Count > 0)
            info.Environment = new() { Variables = { command.Environment.Select(Variable) } };
        foreach (var uri in command.Uris)
        {
            var written = new V1.CommandInfo.Types.URI { Value = uri.Value, Executable = uri.Executable, Extract = uri.Extract, Cache = uri.Cache };
            if (uri.OutputFile is { } file)
                written.OutputFile = file;
            info.Uris.Add(written);
        }
        return info;
    }

    public static V1.DurationInfo Duration(TimeSpan time) => new() { Nanoseconds = time.Ticks * TimeSpan.NanosecondsPerTick };

    private static V1.Environment.Types.Variable Variable(Variable variable)
    {
        var written = new V1.Environment.Types.Variable { Name = variable.Name };
        if (variable.Secret is { } secret)
        {
            written.Type = V1.Environment.Types.Variable.Types.Type.Secret;
            written.Secret = new() { Type = V1.Secret.Types.Type.Reference, Reference = new() { Name = secret } };
        }
        else
        {
            written.Value = variable.Value ?? "";
        }
        return written;
    }

    private static V1.HealthCheck Health(HealthSpec health)
    {
        var check = health.Check;
        var written = new V1.HealthCheck
        {
            DelaySeconds = check.Delay.TotalSeconds,
            IntervalSeconds = check.Interval.TotalSeconds,
            TimeoutSeconds = check.Timeout.TotalSeconds,
            GracePeriodSeconds = health.Grace.TotalSeconds,
            ConsecutiveFailures = (uint)health.Failures,
        };
        if (check.Http is { } http)
            (written.Type, written.Http) = (V1.HealthCheck.Types.Type.Http, new() { Scheme = http.Scheme, Port = (uint)http.Port, Path = http.Path });
        else if (check.Tcp is { } port)
            (written.Type, written.Tcp) = (V1.HealthCheck.Types.Type.Tcp, new() { Port = (uint)port });
        else
            (written.Type, written.Command) = (V1.HealthCheck.Types.Type.Command, Command(check.Command!));
        return written;
    }

    private static V1.CheckInfo Check(CheckSpec check)
    {
        var written = new V1.CheckInfo
        {
            DelaySeconds = check.Delay.TotalSeconds,
            IntervalSeconds = check.Interval.TotalSeconds,
            TimeoutSeconds = check.Timeout.TotalSeconds,
        };
        if (check.Http is { } http)
            (written.Type, written.Http) = (V1.CheckInfo.Types.Type.Http, new() { Port = (uint)http.Port, Path = http.Path });
        else if (check.Tcp is { } port)
            (written.Type, written.Tcp) = (V1.CheckInfo.Types.Type.Tcp, new() { Port = (uint)port });
        else
            (written.Type, written.Command) = (V1.CheckInfo.Types.Type.Command, new() { Command_ = Command(check.Command!) });
        return written;
    }
}
