using System.Text.Json;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Deciding;
using Bourse.Journal;

namespace Bourse.Registry.Host;

/// <summary>
/// What operators want of agents and machines. They ask at the allocator's edge, which knows them; so nobody else's word on who is
/// behind a message counts.
/// </summary>
public sealed partial class RegistryRequests(
    IInbox<RegistryState, RegistryCommand> inbox, TimeProvider clock, ILogger<RegistryRequests> log) : IServiceRequests
{
    /// <inheritdoc/>
    public async Task<object?> Answer(Delivery delivery, CancellationToken cancellationToken)
    {
        if (Requests.CommandOf(delivery.Message, clock.GetUtcNow()) is not { } command)
            return null;
        if (delivery.Sender != Services.Allocator)
        {
            LogForged(log, delivery.Message.GetType().Name, delivery.Sender);
            return Refuse(new Refusal(RefusalCode.NotAllowed, "agents are managed through the allocator's edge"));
        }
        var decision = await inbox.Send(command, delivery.Origin with { Causation = delivery.Id }, cancellationToken);
        return decision.Refusal is { } refusal ? Refuse(refusal) : new Done();
    }

    private static Refused Refuse(Refusal refusal) => new(JsonNamingPolicy.KebabCaseLower.ConvertName(refusal.Code.ToString()), refusal.Message);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A {Request} was sent by {Sender} and not through the edge; refused")]
    private static partial void LogForged(ILogger log, string request, string? sender);
}
