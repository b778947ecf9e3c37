using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Bourse.Bus;

/// <summary>
/// Pipelined publishing on one channel. The client's own tracking of confirms is not used: it adds a header to every message and
/// its rate limiter, when it delays one message, lets later ones overtake it.
/// </summary>
internal sealed class RabbitPublisher(RabbitLink link, int window) : IPublisher
{
    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly SemaphoreSlim room = new(window, window);
    private Outstanding? current;

    public async ValueTask<Task> Post(Post post, CancellationToken cancellationToken) =>
        await Post(post, Topology.MustBeRouted(post.To), cancellationToken);

    public async ValueTask<Task> Post(Post post, bool mandatory, CancellationToken cancellationToken)
    {
        await room.WaitAsync(cancellationToken);
        try
        {
            await gate.WaitAsync(cancellationToken);
        }
        catch
        {
            room.Release();
            throw;
        }
        try
        {
            Outstanding channel;
            try
            {
                channel = await Channel(cancellationToken);
            }
            catch
            {
                room.Release();
                throw;
            }
            // From here on the channel gives the room back, when the message is settled or lost.
            return await channel.Publish(post, mandatory, link.User, cancellationToken);
        }
        finally
        {
            gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (current is { } channel)
            await channel.DisposeAsync();
        gate.Dispose();
        room.Dispose();
    }

    private async Task<Outstanding> Channel(CancellationToken cancellationToken)
    {
        if (current is { IsOpen: true } open)
            return open;
        if (current is { } dead)
            await dead.DisposeAsync();
        var connection = await link.Connection(cancellationToken);
        var options = new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false);
        return current = new Outstanding(await connection.CreateChannelAsync(options, cancellationToken), room);
    }

    /// <summary>A channel with the messages it has not confirmed yet.</summary>
    private sealed class Outstanding : IAsyncDisposable
    {
        private readonly IChannel channel;
        private readonly SemaphoreSlim room;
        private readonly Lock guard = new();
        private readonly Dictionary<ulong, Pending> pending = [];
        private readonly HashSet<string> returned = new(StringComparer.Ordinal);
        private ulong next = 1;
        private ulong lowest = 1;
        private Exception? ended;

        public Outstanding(IChannel channel, SemaphoreSlim room)
        {
            (this.channel, this.room) = (channel, room);
            channel.BasicAcksAsync += (_, ack) => Settle(ack.DeliveryTag, ack.Multiple, null);
            channel.BasicNacksAsync += (_, nack) => Settle(nack.DeliveryTag, nack.Multiple, new BrokerLostException("the broker refused the message"));
            channel.BasicReturnAsync += Return;
            channel.ChannelShutdownAsync += (_, why) => Fail(Failure(why));
        }

        public bool IsOpen => channel.IsOpen && ended is null;

        public async Task<Task> Publish(Post post, bool mandatory, string user, CancellationToken cancellationToken)
        {
            var confirmed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (guard)
            {
                if (ended is not null)
                {
                    room.Release();
                    throw new BrokerLostException(ended.Message, ended);
                }
                pending.Add(next, new Pending(post, confirmed));
            }
            var properties = new BasicProperties
            {
                ContentType = Wire.ContentType,
                DeliveryMode = Topology.ComesAgain(post.To) ? DeliveryModes.Transient : DeliveryModes.Persistent,
                MessageId = post.Id,
                UserId = user,
                Headers = post.Headers,
            };
            try
            {
                await channel.BasicPublishAsync(post.To.Exchange, post.To.RoutingKey, mandatory, properties, post.Body, cancellationToken);
                next++;
                return confirmed.Task;
            }
            catch (Exception e)
            {
                // Whether the client counted it is unknown: this channel's numbers are no longer ours.
                await Fail(new BrokerLostException(e.Message, e));
                if (e is OperationCanceledException)
                    throw;
                throw new BrokerLostException(e.Message, e);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await Fail(new BrokerLostException("the bus was disposed"));
            await channel.DisposeAsync();
        }

        private Task Return(object sender, BasicReturnEventArgs e)
        {
            if (e.BasicProperties.MessageId is { } id)
            {
                lock (guard)
                    returned.Add(id);
            }
            return Task.CompletedTask;
        }

        private Task Settle(ulong tag, bool multiple, Exception? refusal)
        {
            lock (guard)
            {
                if (!multiple)
                {
                    Settle(tag, refusal);
                }
                else
                {
                    for (; lowest <= tag; lowest++)
                        Settle(lowest, refusal);
                }
            }
            return Task.CompletedTask;
        }

        private void Settle(ulong tag, Exception? refusal)
        {
            if (!pending.Remove(tag, out var done))
                return;
            room.Release();
            if (refusal is not null)
                done.Confirmed.TrySetException(refusal);
            else if (returned.Count > 0 && returned.Remove(done.Post.Id)) // the return of a message comes before its ack
                done.Confirmed.TrySetException(new UnroutableException($"no queue takes '{done.Post.To.RoutingKey}' on '{done.Post.To.Exchange}'"));
            else
                done.Confirmed.TrySetResult();
        }

        private Task Fail(Exception why)
        {
            Pending[] lost;
            lock (guard)
            {
                ended ??= why;
                lost = [.. pending.Values];
                pending.Clear();
            }
            foreach (var one in lost)
            {
                room.Release();
                one.Confirmed.TrySetException(why);
                // Whoever stopped at an earlier failure never looks at this one.
                _ = one.Confirmed.Task.Exception;
            }
            return Task.CompletedTask;
        }

        private static Exception Failure(ShutdownEventArgs why) => why.ReplyCode switch
        {
            403 or 406 => new UnauthorizedAccessException($"the broker refused: {why.ReplyText}"),
            _ => new BrokerLostException($"the channel ended: {why.ReplyText}"),
        };

        private readonly record struct Pending(Post Post, TaskCompletionSource Confirmed);
    }
}
