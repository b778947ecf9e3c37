using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;

namespace Bourse.Cli.Client;

/// <summary>Reads a task's output from its agent, over the agent's restarts: what was read once is not read again.</summary>
internal sealed class LogFollower(Uri agent, string? token) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HttpClient http = new() { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Copies one output of a task; with <paramref name="follow"/> until the task has ended.</summary>
    /// <exception cref="CliException">The agent is away for too long, or knows no such task.</exception>
    public async Task Copy(
        string frameworkId, string taskId, string output, bool follow, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> write, CancellationToken cancellationToken)
    {
        var path = $"/bourse/v1/tasks/{Uri.EscapeDataString(frameworkId)}/{Uri.EscapeDataString(taskId)}/{output}?follow={(follow ? "true" : "false")}";
        long written = 0;
        // An agent that is away, or has not made the sandbox yet, can only be asked again.
        for (var alone = Stopwatch.GetTimestamp(); ; await Task.Delay(Pause, cancellationToken))
        {
            string trouble;
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(agent, path));
                request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
                using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
                if (answer.IsSuccessStatusCode)
                {
                    written = await CopyBody(answer, written, write, cancellationToken);
                    return;
                }

                trouble = $"{(int)answer.StatusCode} {answer.ReasonPhrase}";
                if (!follow || answer.StatusCode is not (HttpStatusCode.NotFound or HttpStatusCode.ServiceUnavailable))
                {
                    throw new CliException(answer.StatusCode is HttpStatusCode.NotFound
                        ? $"{agent} has no output of task {taskId}"
                        : $"{agent} answered {trouble}");
                }
            }
            catch (Exception broken) when (broken is HttpRequestException or IOException)
            {
                trouble = broken.Message;
            }

            if (Stopwatch.GetElapsedTime(alone) > Patience)
            {
                throw new CliException($"no output of task {taskId} from {agent}: {trouble}");
            }
        }

        async Task<long> CopyBody(
            HttpResponseMessage answer, long skip, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> sink, CancellationToken ct)
        {
            var body = await answer.Content.ReadAsStreamAsync(ct);
            var buffer = new byte[16 * 1024];
            long at = 0;
            int count;
            while ((count = await body.ReadAsync(buffer, ct)) > 0)
            {
                var known = (int)Math.Clamp(skip - at, 0, count);
                await sink(buffer.AsMemory(known, count - known), ct);
                at += count;
                written = Math.Max(written, at);
            }

            return written;
        }
    }

    public void Dispose() => http.Dispose();
}
