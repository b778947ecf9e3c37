using System.Text.Json;

namespace Bourse.Contracts.Messages;

/// <summary>Everything one commit added to a service's journal; published in order, at least once, never before it is durable.</summary>
/// <param name="Service">The service.</param>
/// <param name="Epoch">The leader's epoch.</param>
/// <param name="First">Position of the first event; those that follow are dense.</param>
/// <param name="Events">The events.</param>
public sealed record Commit(string Service, long Epoch, long First, ValueList<CommittedEvent> Events)
{
    /// <summary>Position of the last event.</summary>
    public long Last => First + Events.Count - 1;
}

/// <summary>An event as it travels and as it is shown: the stored JSON with its metadata.</summary>
/// <param name="Position">Dense position in the service's journal.</param>
/// <param name="Name">Stable name.</param>
/// <param name="At">UTC instant of the commit.</param>
/// <param name="Data">The fact.</param>
/// <param name="Origin">Who and what is behind it.</param>
/// <param name="Epoch">The leader that recorded it.</param>
public sealed record CommittedEvent(long Position, string Name, DateTimeOffset At, JsonElement Data, Origin Origin, long Epoch);

/// <summary>
/// Asks a service to send its commits again from a position, to one queue. When they are no longer kept, or the position is 0,
/// the answer starts with a <see cref="Picture"/>.
/// </summary>
/// <param name="From">The first position wanted; 0 for a newcomer.</param>
/// <param name="To">The queue to send to.</param>
public sealed record Resend(long From, string To);

/// <summary>What a newcomer must know, as the shortest list of facts that gives it: applied like events, then commits follow.</summary>
/// <param name="Service">The service.</param>
/// <param name="Position">Everything up to here is in it.</param>
/// <param name="Facts">Names and facts; their positions are 0.</param>
public sealed record Picture(string Service, long Position, ValueList<CommittedEvent> Facts);

/// <summary>Asks a service for events of its journal.</summary>
/// <param name="From">First position wanted, from 1.</param>
/// <param name="Max">At most this many, up to 500.</param>
/// <param name="Subject">Only those naming this subject, <c>kind-id</c>.</param>
/// <param name="Since">Only those committed at or after this UTC instant.</param>
/// <param name="Until">Only those committed before this UTC instant.</param>
public sealed record ReadJournal(long From, int Max, string? Subject = null, DateTimeOffset? Since = null, DateTimeOffset? Until = null);

/// <summary>Answer to <see cref="ReadJournal"/>.</summary>
/// <param name="Events">Ascending by position.</param>
/// <param name="Next">Where to go on; null at the end of the journal.</param>
/// <param name="Head">The last position of the journal.</param>
public sealed record JournalPage(ValueList<CommittedEvent> Events, long? Next, long Head);

/// <summary>Asks a service for its state as of a position or instant; null for both means now.</summary>
/// <param name="Position">Up to and including this position.</param>
/// <param name="Time">Up to and including this UTC instant.</param>
public sealed record ReadState(long? Position = null, DateTimeOffset? Time = null);

/// <summary>Answer to <see cref="ReadState"/>.</summary>
/// <param name="Position">The position it is of.</param>
/// <param name="State">The core's snapshot.</param>
public sealed record StateAt(long Position, JsonElement State);

/// <summary>Asks a service to fold its whole journal and to compare the result with its live state.</summary>
public sealed record VerifyJournal;

/// <summary>Answer to <see cref="VerifyJournal"/>.</summary>
/// <param name="Service">The service.</param>
/// <param name="Events">How many events were folded.</param>
/// <param name="Checks">Each check with what it found.</param>
public sealed record Verified(string Service, long Events, ValueList<Check> Checks);

/// <summary>One thing that was verified.</summary>
/// <param name="Guarantee">Its number: G1 to G10.</param>
/// <param name="What">What holds, for people.</param>
/// <param name="Over">How many things were looked at.</param>
/// <param name="Violations">At most ten, each naming a position; empty when it holds.</param>
public sealed record Check(string Guarantee, string What, long Over, ValueList<string> Violations);

/// <summary>A request could not be served.</summary>
/// <param name="Code">A <c>RefusalCode</c> in kebab case.</param>
/// <param name="Message">For people, naming the field.</param>
public sealed record Refused(string Code, string Message);

/// <summary>A request was done.</summary>
public sealed record Done;

/// <summary>Gives a secret a value.</summary>
/// <param name="Secret">Its name.</param>
/// <param name="Box">The value, sealed to the secrets service's public key.</param>
public sealed record PutSecret(string Secret, string Box);

/// <summary>Lets a principal's tasks use a secret.</summary>
/// <param name="Secret">Its name.</param>
/// <param name="Principal">Who.</param>
public sealed record GrantSecret(string Secret, string Principal);

/// <summary>Takes a grant back.</summary>
/// <param name="Secret">Its name.</param>
/// <param name="Principal">Who.</param>
public sealed record RevokeSecret(string Secret, string Principal);

/// <summary>Asks for the list of secrets and the public key to seal new values to.</summary>
public sealed record ListSecrets;

/// <summary>Answer to <see cref="ListSecrets"/>.</summary>
/// <param name="PublicKey">Base64 of a P-256 SubjectPublicKeyInfo.</param>
/// <param name="Secrets">Sorted by name.</param>
public sealed record SecretList(string PublicKey, ValueList<SecretEntry> Secrets);

/// <summary>A secret without its value.</summary>
/// <param name="Secret">Its name.</param>
/// <param name="Version">Current version.</param>
/// <param name="Owner">Who put it.</param>
/// <param name="Grantees">Principals that may use it.</param>
/// <param name="At">UTC instant of the current version.</param>
public sealed record SecretEntry(string Secret, long Version, string Owner, ValueList<string> Grantees, DateTimeOffset At);
