using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using Bourse.Agent.Host.Processes;
using Bourse.Contracts;

namespace Bourse.Agent.Host.Fetching;

/// <summary>Brings what a task asks for into its sandbox before its command starts: one after the other, unpacked where wanted.</summary>
internal sealed class Fetcher(FetchCache cache) : IDisposable
{
    /// <summary>A server that sends nothing for so long has stalled (Mesos: 1 min).</summary>
    private static readonly TimeSpan Stall = TimeSpan.FromMinutes(1);

    private const UnixFileMode Plain = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Executable = Plain | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly HttpClient http = new() { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Fetches.</summary>
    /// <exception cref="CannotStartException">One of them cannot be had; the message names it.</exception>
    public async Task Fetch(ValueList<FetchedUri> uris, string sandbox, User? user, CancellationToken cancelled)
    {
        foreach (var uri in uris)
        {
            try
            {
                await Fetch(uri, sandbox, user, cancelled);
            }
            catch (Exception e) when (e is HttpRequestException or IOException or UnauthorizedAccessException or InvalidDataException or TimeoutException or UriFormatException)
            {
                throw new CannotStartException($"Failed to fetch URI '{uri.Value}': {e.Message}");
            }
        }
    }

    public void Dispose() => http.Dispose();

    private async Task Fetch(FetchedUri uri, string sandbox, User? user, CancellationToken cancelled)
    {
        var source = Uri.TryCreate(uri.Value, UriKind.Absolute, out var absolute) ? absolute
            : throw new InvalidDataException("it is neither a URI nor an absolute path");
        var target = Path.Combine(sandbox, NameOf(uri, source));
        var directory = Path.GetDirectoryName(target)!;
        if (!Directory.Exists(directory))
        {
            Directory.CreateDirectory(directory);
            Give(directory, user);
        }

        var archive = uri is { Extract: true, Executable: false } && Unpacking.IsArchive(target);
        if (uri.Cache)
        {
            // The user's name is part of the key: nobody gets what only another may read.
            using var kept = await cache.Take($"{user?.Name}\n{uri.Value}", (path, ct) => Download(source, path, ct), cancelled);
            await Place(kept.Path);
        }
        else
        {
            await Download(source, target, cancelled);
            await Place(target);
        }

        async Task Place(string from)
        {
            if (archive)
            {
                await Unpacking.Unpack(from, Path.GetFileName(target), directory, path => Give(path, user), cancelled);
                if (from != target)
                    File.Copy(from, target, overwrite: true);
            }
            else if (from != target)
            {
                File.Copy(from, target, overwrite: true);
            }
            File.SetUnixFileMode(target, uri.Executable ? Executable : Plain);
            Give(target, user);
        }
    }

    private async Task Download(Uri source, string target, CancellationToken cancelled)
    {
        if (source.IsFile)
        {
            File.Copy(source.LocalPath, target, overwrite: true);
            return;
        }
        if (source.Scheme is not ("http" or "https"))
            throw new InvalidDataException($"the scheme '{source.Scheme}' is not supported");

        using var stalled = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
        stalled.CancelAfter(Stall);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, source);
            if (source.UserInfo.Length > 0)
                request.Headers.Authorization = new AuthenticationHeaderValue("Basic",
                    Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(Uri.UnescapeDataString(source.UserInfo))));
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stalled.Token);
            if (!response.IsSuccessStatusCode)
                throw new HttpRequestException($"the server answered {(int)response.StatusCode}");
            await using var from = await response.Content.ReadAsStreamAsync(stalled.Token);
            await using var to = File.Create(target);
            var buffer = new byte[128 * 1024];
            while (await from.ReadAsync(buffer, stalled.Token) is var read and > 0)
            {
                stalled.CancelAfter(Stall);
                await to.WriteAsync(buffer.AsMemory(0, read), stalled.Token);
            }
        }
        catch (OperationCanceledException) when (!cancelled.IsCancellationRequested)
        {
            throw new TimeoutException($"nothing came for {Stall.TotalSeconds} s");
        }
    }

    private static string NameOf(FetchedUri uri, Uri source)
    {
        var name = uri.OutputFile ?? Uri.UnescapeDataString(source.AbsolutePath.Split('/')[^1]);
        return Unpacking.IsInside(name) && name is not ("stdout" or "stderr")
            ? name
            : throw new InvalidDataException($"'{name}' is not a name for a file in the sandbox");
    }

    private static void Give(string path, User? user)
    {
        if (user is not null && Native.ChangeOwner(path, user.Id, user.Group) != 0)
            throw new IOException($"giving {Path.GetFileName(path)} to {user.Name}: {Marshal.GetLastPInvokeErrorMessage()}");
    }
}
