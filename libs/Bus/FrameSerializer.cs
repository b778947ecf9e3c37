using System.Diagnostics.CodeAnalysis;
using System.Net.Mime;
using MassTransit;
using MassTransit.Serialization;

namespace Bourse.Bus;

/// <summary>
/// Hands bodies through MassTransit as they are: the envelope is ours, any AMQP client can write and read it, and nothing of the
/// machine or the CLR leaks into headers.
/// </summary>
internal sealed class FrameSerializer : ISerializerFactory, IMessageSerializer, IMessageDeserializer
{
    public ContentType ContentType { get; } = new(Wire.ContentType);

    public IMessageSerializer CreateSerializer() => this;

    public IMessageDeserializer CreateDeserializer() => this;

    public MessageBody GetMessageBody<T>(SendContext<T> context) where T : class => context.Message is Frame frame
        ? new BytesMessageBody(frame.Body.ToArray())
        : throw new NotSupportedException($"only frames travel on the bus, not {typeof(T).Name}");

    public MessageBody GetMessageBody(string text) => new StringMessageBody(text);

    public ConsumeContext Deserialize(ReceiveContext receiveContext) => new BodyConsumeContext(
        receiveContext, Deserialize(receiveContext.Body, receiveContext.TransportHeaders, receiveContext.InputAddress));

    public SerializerContext Deserialize(MessageBody body, Headers headers, Uri? destinationAddress = null) =>
        new Unread(new Frame(body.GetBytes()), new RawMessageContext(headers, destinationAddress, RawSerializerOptions.AnyMessageType));

    public void Probe(ProbeContext context) => context.CreateScope("frame");

    private sealed class Unread(Frame frame, MessageContext context)
        : BaseSerializerContext(SystemTextJsonMessageSerializer.Instance, context, [MessageUrn.ForTypeString<Frame>()])
    {
        public override bool TryGetMessage<T>(out T? message) where T : class => (message = frame as T) is not null;

        public override bool TryGetMessage(Type messageType, [NotNullWhen(true)] out object? message) =>
            (message = messageType == typeof(Frame) ? frame : null) is not null;

        public override IMessageSerializer GetMessageSerializer() => new FrameSerializer();

        public override IMessageSerializer GetMessageSerializer<T>(MessageEnvelope envelope, T message) => new FrameSerializer();

        public override IMessageSerializer GetMessageSerializer(object message, string[] messageTypes) => new FrameSerializer();

        public override Dictionary<string, object> ToDictionary<T>(T? message) where T : class => [];
    }
}
