using System.Text.Json.Nodes;
using Bourse.Agent.Host.Containers.Images;
using Bourse.Agent.Host.Processes;
using Bourse.Contracts;

namespace Bourse.Agent.Host.Containers.Docker;

/// <summary>Looks into images that the engine has.</summary>
/// <param name="engine">The engine.</param>
/// <param name="container">Name for a container that is never started, by which files of an image are read.</param>
/// <param name="directory">Where they are copied to.</param>
internal sealed class LookingGlass(EngineClient engine, string container, string directory)
{
    /// <summary>What the names of such containers end in.</summary>
    public const string Suffix = "-look";

    /// <summary>An image, pulled when it is absent or a newer one is asked for.</summary>
    public async Task<Image> Get(ContainerImage wanted, CancellationToken cancelled)
    {
        var found = await engine.Run(cancelled, "image", "inspect", wanted.Name);
        if (!wanted.Cached || found.Code != 0)
        {
            var pulled = await engine.Run(cancelled, "image", "pull", "--quiet", wanted.Name);
            if (pulled.Code != 0)
                throw new CannotStartException($"Image '{wanted.Name}' could not be pulled: {pulled.Complaint}");
            found = await engine.Run(cancelled, "image", "inspect", wanted.Name);
            if (found.Code != 0)
                throw new CannotStartException($"Image '{wanted.Name}' cannot be used: {found.Complaint}");
        }
        var image = JsonNode.Parse(found.Output)![0]!;
        Directory.CreateDirectory(Path.Combine(directory, "etc"));
        return Image.Of((string)image["Id"]!, directory, new JsonObject { ["config"] = image["Config"]?.DeepClone() }.ToJsonString());
    }

    /// <summary>Copies the files by which the image names users.</summary>
    public async Task CopyUsers(string image, CancellationToken cancelled)
    {
        // It need not have anything to run: it is never started.
        var created = await engine.Run(cancelled, "container", "create", $"--name={container}", "--network=none", image, "/nothing");
        if (created.Code != 0)
            throw new CannotStartException($"Image '{image}' cannot be used: {created.Complaint}");
        foreach (var name in (string[])["passwd", "group"])
        {
            var copied = await engine.Run(cancelled, "container", "cp", $"{container}:/etc/{name}", Path.Combine(directory, "etc", name));
            // An image need not name users at all.
            if (copied.Code != 0 && !copied.Error.Contains("Could not find the file", StringComparison.OrdinalIgnoreCase) && !copied.Error.Contains("no such file", StringComparison.OrdinalIgnoreCase))
                throw new CannotStartException($"/etc/{name} of image '{image}' could not be read: {copied.Complaint}");
        }
        await engine.Run(cancelled, "container", "rm", "--force", "--volumes", container);
    }
}
