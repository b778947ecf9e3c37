namespace Bourse.Contracts;

/// <summary>Something that happened: an immutable record in the past tense, stored for ever under a stable name.</summary>
public interface IFact
{
    /// <summary>
    /// What it is about, most telling first. The logical stream of a subject is every fact that names it, in journal order; the
    /// first two ids follow the name in the routing key of the outside exchange.
    /// </summary>
    IEnumerable<Subject> Subjects { get; }
}

/// <summary>A thing that facts are about, written <c>kind-id</c>: <c>task-web.1</c>, <c>role-eng/ui</c>.</summary>
/// <param name="Kind">Lower-case noun: framework, task, offer, agent, role, secret, principal.</param>
/// <param name="Id">The thing's id.</param>
public readonly record struct Subject(string Kind, string Id)
{
    /// <summary>The subject of an id.</summary>
    public static implicit operator Subject(FrameworkId id) => new("framework", id.Value);

    /// <summary>The subject of an id.</summary>
    public static implicit operator Subject(TaskId id) => new("task", id.Value);

    /// <summary>The subject of an id.</summary>
    public static implicit operator Subject(OfferId id) => new("offer", id.Value);

    /// <summary>The subject of an id.</summary>
    public static implicit operator Subject(AgentId id) => new("agent", id.Value);

    /// <summary><c>kind-id</c>.</summary>
    public override string ToString() => $"{Kind}-{Id}";
}

/// <summary>Who and what is behind a fact or message; travels with it everywhere.</summary>
/// <param name="Principal">The authenticated name that asked; for a service's own decisions the service's name.</param>
/// <param name="Correlation">One id per outside request, shared by everything that follows from it.</param>
/// <param name="Causation">The message or position that directly caused it, when something did.</param>
public sealed record Origin(string Principal, string Correlation, string? Causation = null);

/// <summary>
/// The stable names of a set of facts or messages. A name, once stored, belongs to its shape for ever; types may move and be
/// renamed. An old shape is read by its upcaster and never written again.
/// </summary>
public sealed class NameTable
{
    private readonly Dictionary<string, (Type Type, Func<object, object>? ToCurrent)> byName = new(StringComparer.Ordinal);
    private readonly Dictionary<Type, string> byType = [];

    /// <summary>Every current name with its type.</summary>
    public IEnumerable<KeyValuePair<string, Type>> Names => byType.Select(pair => KeyValuePair.Create(pair.Value, pair.Key));

    /// <summary>Every shape that was ever stored, retired ones included.</summary>
    public IEnumerable<KeyValuePair<string, Type>> Shapes => byName.Select(pair => KeyValuePair.Create(pair.Key, pair.Value.Type));

    /// <summary>Names a current shape.</summary>
    public NameTable Add<T>(string name) where T : class
    {
        byName.Add(name, (typeof(T), null));
        byType.Add(typeof(T), name);
        return this;
    }

    /// <summary>Names a retired shape and says what it means today.</summary>
    public NameTable Retire<TOld, TNew>(string name, Func<TOld, TNew> toCurrent) where TOld : class where TNew : class
    {
        byName.Add(name, (typeof(TOld), old => toCurrent((TOld)old)));
        return this;
    }

    /// <summary>Adds everything another table names.</summary>
    public NameTable Include(NameTable other)
    {
        foreach (var (name, shape) in other.byName)
            byName.Add(name, shape);
        foreach (var (type, name) in other.byType)
            byType.Add(type, name);
        return this;
    }

    /// <summary>The name a type is stored under.</summary>
    /// <exception cref="KeyNotFoundException">The type has no name.</exception>
    public string NameOf(Type type) =>
        byType.TryGetValue(type, out var name) ? name : throw new KeyNotFoundException($"{type} has no stored name");

    /// <summary>The type stored under a name, and how to bring it up to date when it is retired.</summary>
    /// <exception cref="KeyNotFoundException">Nothing is stored under that name.</exception>
    public (Type Type, Func<object, object>? ToCurrent) ShapeOf(string name) =>
        byName.TryGetValue(name, out var shape) ? shape : throw new KeyNotFoundException($"no shape is stored under '{name}'");
}
