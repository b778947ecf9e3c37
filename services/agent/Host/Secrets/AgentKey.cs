using System.Security.Cryptography;
using Bourse.Bus;

namespace Bourse.Agent.Host.Secrets;

/// <summary>The agent's private key: made at its first start, never leaves its work directory.</summary>
internal static class AgentKey
{
    public static ECDiffieHellman LoadOrMake(string path)
    {
        if (!File.Exists(path))
        {
            using var fresh = Sealing.NewKeyPair();
            var unfinished = $"{path}.new";
            File.Delete(unfinished);
            using (var file = new StreamWriter(unfinished, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
            {
                file.Write(fresh.ExportPkcs8PrivateKeyPem());
                file.Flush();
                ((FileStream)file.BaseStream).Flush(flushToDisk: true);
            }
            File.Move(unfinished, path);
        }

        var key = ECDiffieHellman.Create();
        key.ImportFromPem(File.ReadAllText(path));
        return key;
    }
}
