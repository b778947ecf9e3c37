using System.CommandLine;

namespace Bourse.Cli.Verbs;

/// <summary>The main job end to end.</summary>
internal static class DemoVerb
{
    public static Command Create()
    {
        var command = new Command("demo", "Show it all: a cluster, 100 tasks, a secret, a crash, the past explained and verified");
        command.SetAction((arguments, cancellationToken) => new Demo.Demonstration(arguments.Screen(), arguments.GetValue(Common.Port)).Run(cancellationToken));
        return command;
    }
}
