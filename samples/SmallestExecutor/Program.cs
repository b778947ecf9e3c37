// A whole executor: takes tasks in its own process and computes instead of starting commands. A task's data is a number n; its result,
// the sum of 1 to n, is the message of its last update. Started by an agent; one process serves all tasks that name it.
using System.Globalization;
using System.Text;
using Bourse.Client;
using Bourse.MesosV1;
using static Bourse.MesosV1.Executor.Event.Types.Type;

using var executor = ExecutorClient.FromEnvironment();
await foreach (var e in executor.Events())
{
    switch (e.Type)
    {
        case Launch:
            var task = e.Launch.Task;
            await executor.Update(task.TaskId, TaskState.TaskRunning);
            if (long.TryParse(task.Data.ToStringUtf8(), CultureInfo.InvariantCulture, out var n))
                await executor.Update(task.TaskId, TaskState.TaskFinished, $"{n * (n + 1) / 2}");
            else
                await executor.Update(task.TaskId, TaskState.TaskFailed, "its data is no number");
            break;
        case Message: // answered as it came
            await executor.Message(Encoding.UTF8.GetBytes($"heard: {e.Message.Data.ToStringUtf8()}"));
            break;
        case Kill: // no task runs for long enough to be killed
        default:
            break;
    }
}
