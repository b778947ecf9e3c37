using System.Text.Json;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Deciding;

namespace Bourse.Allocator.Host.Registry;

/// <summary>The registry, which decides about agents and machines. What it did comes back with its commits.</summary>
internal interface IRegistry
{
    /// <summary>Asks for something; null when it is done.</summary>
    Task<Refusal?> Ask(object request, Origin origin, CancellationToken cancellationToken);
}

/// <summary>The registry at the other end of the bus.</summary>
internal sealed class RegistryOverBus(IBus bus) : IRegistry
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public async Task<Refusal?> Ask(object request, Origin origin, CancellationToken cancellationToken)
    {
        try
        {
            await bus.Ask<Done>(Destination.Service(Services.Registry), request, origin, Patience, cancellationToken);
            return null;
        }
        catch (RefusedException refused)
        {
            var code = Enum.GetValues<RefusalCode>().FirstOrDefault(
                code => JsonNamingPolicy.KebabCaseLower.ConvertName(code.ToString()) == refused.Code, RefusalCode.Malformed);
            return new(code, refused.Message);
        }
    }
}
