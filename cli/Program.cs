using System.CommandLine;
using System.Runtime.InteropServices;
using Bourse.Cli;
using Bourse.Cli.Verbs;
using Bourse.Servers;

var root = new RootCommand("Bourse: the cluster manager that remembers.")
{
    Common.Home, Common.Port, Common.MasterUrl, Common.Output,
    UpVerb.Create(), DownVerb.Create(), StatusVerb.Create(), DemoVerb.Create(),
    RunVerb.Create(), AgentsVerb.Create(), FrameworksVerb.Create(), TasksVerb.Create(), TopVerb.Create(), LogsVerb.Create(), ExecVerb.Create(), KillVerb.Create(),
    EventsVerb.Create(), StateVerb.Create(), ExplainVerb.Create(), ReplayVerb.Create(), SecretsVerb.Create(),
    RolesVerb.Create(), QuotaVerb.Create(), WeightsVerb.Create(), SimulateVerb.Create(),
    SuperviseVerb.Create(), ProvisionVerb.Create(),
};
root.HelpName = "bourse";

var parsed = root.Parse(args is [] ? ["--help"] : args);
if (parsed.Errors is [var wrong, ..])
{
    parsed.Screen().Error(wrong.Message);
    Console.Error.WriteLine("`bourse --help` and `bourse VERB --help` say how.");
    return 2;
}

// The first Ctrl-C or TERM asks the verb to end in its own way; a second one does not ask.
using var ending = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Ask);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Ask);

try
{
    return await parsed.InvokeAsync(
        new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, ending.Token);
}
catch (Exception failure) when (failure is CliException or ServerException or IOException or UnauthorizedAccessException or HttpRequestException)
{
    parsed.Screen().Error(failure.Message);
    return 1;
}
catch (OperationCanceledException) when (ending.IsCancellationRequested)
{
    return 130;
}

void Ask(PosixSignalContext signal)
{
    signal.Cancel = !ending.IsCancellationRequested;
    ending.Cancel();
}
