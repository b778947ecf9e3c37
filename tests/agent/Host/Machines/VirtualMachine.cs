using System.Diagnostics;
using System.Globalization;
using Bourse.Agent.Host.Processes;

namespace Bourse.Agent.Tests.Host.Machines;

/// <summary>
/// A virtual machine with control groups of version 2 only, in software: slow, on any machine, and without power at a word. It needs
/// qemu, busybox-static, and a kernel in the directory that BOURSE_TEST_KERNEL names: an unpacked Linux package of Debian's cloud kind.
/// </summary>
internal sealed class VirtualMachine : IAsyncDisposable
{
    private const string KernelVariable = "BOURSE_TEST_KERNEL";

    // Next to this assembly, as all that the virtual machine is to run.
    private static readonly string Script = Path.Combine(AppContext.BaseDirectory, "Host", "Machines", "virtual-machine.sh");

    private readonly string directory = Directory.CreateTempSubdirectory("bourse-virtual-").FullName;

    private VirtualMachine()
    {
    }

    /// <summary>How much longer everything takes there than on a machine of its own.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromMinutes(5);

    private string Disk => Path.Combine(directory, "disk");

    private static string Kernel => Environment.GetEnvironmentVariable(KernelVariable)!;

    /// <summary>Makes a machine that is off, with a copy of this assembly's directory as /d; skips the test where there can be none.</summary>
    public static async Task<VirtualMachine> Make()
    {
        if (Environment.GetEnvironmentVariable(KernelVariable) is null or "")
            Assert.Skip($"no virtual machine: {KernelVariable} names no directory with an unpacked Linux package (apt-get download linux-image-...-cloud-amd64; dpkg-deb -x)");
        if (!Directory.Exists(Path.Combine(Kernel, "lib", "modules")))
            Assert.Skip($"no virtual machine: there is no kernel in {Kernel}");
        foreach (var program in (string[])["bash", "qemu-system-x86_64", "mke2fs", "busybox", "runc", "unshare", "ip"])
        {
            if (Programs.Find(program) is null)
                Assert.Skip($"no virtual machine: {program} is not on this machine");
        }
        var machine = new VirtualMachine();
        using var making = machine.Run("make", null, AppContext.BaseDirectory.TrimEnd('/'));
        await making.WaitForExitAsync(TestContext.Current.CancellationToken);
        making.ExitCode.ShouldBe(0);
        return machine;
    }

    /// <summary>Switches it on and runs a command there.</summary>
    /// <param name="command">For its shell; the end of it is the machine's.</param>
    /// <param name="port">A port of this machine that leads to 5051 there.</param>
    public Boot Start(string command, int? port = null) => new(Run("run", port, command));

    public ValueTask DisposeAsync()
    {
        Directory.Delete(directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    private Process Run(string verb, int? port, string argument)
    {
        var start = new ProcessStartInfo(Programs.Find("bash")!) { UseShellExecute = false, RedirectStandardOutput = true };
        foreach (var each in (string[])[Script, verb, Disk, Kernel, argument])
            start.ArgumentList.Add(each);
        if (port is { } number)
            start.Environment["FORWARD"] = number.ToString(CultureInfo.InvariantCulture);
        return Process.Start(start)!;
    }

    /// <summary>The machine from its start to its end.</summary>
    internal sealed class Boot : IAsyncDisposable
    {
        private readonly Process process;
        private readonly List<string> lines = [];
        private readonly Lock gate = new();
        private readonly Task reading;

        public Boot(Process process)
        {
            this.process = process;
            reading = Task.Run(Read);
        }

        /// <summary>What the command has printed so far.</summary>
        public string Output
        {
            get
            {
                lock (gate)
                    return string.Join('\n', lines);
            }
        }

        /// <summary>Awaits the end of the command and of the machine.</summary>
        /// <returns>The command's exit status.</returns>
        public async Task<int> End(CancellationToken cancelled)
        {
            await process.WaitForExitAsync(cancelled);
            await reading;
            var last = lines.FindLast(line => line.StartsWith("VM-EXIT ", StringComparison.Ordinal)).ShouldNotBeNull(Output);
            return int.Parse(last["VM-EXIT ".Length..], CultureInfo.InvariantCulture);
        }

        /// <summary>Takes its power away, in the midst of whatever it does.</summary>
        public async Task Cut()
        {
            if (!process.HasExited)
                process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }

        public async ValueTask DisposeAsync()
        {
            await Cut();
            await reading;
            process.Dispose();
        }

        private async Task Read()
        {
            while (await process.StandardOutput.ReadLineAsync() is { } line)
            {
                lock (gate)
                    lines.Add(line.TrimEnd('\r'));
            }
        }
    }
}
