using System.Collections.Frozen;
using System.Reflection;
using Google.Protobuf.Reflection;

namespace Bourse.MesosEdge;

/// <summary>The names of v1 enum values as they stand in the .proto files, such as <c>TASK_RUNNING</c>.</summary>
public static class EnumNames
{
    /// <summary>The name of a value.</summary>
    public static string Of<T>(T value) where T : struct, Enum => Table<T>.Names[value];

    /// <summary>The value of a name.</summary>
    /// <exception cref="KeyNotFoundException">No value has that name.</exception>
    public static T Parse<T>(string name) where T : struct, Enum => Table<T>.Values[name];

    /// <summary>The value of a name, or null.</summary>
    public static T? Find<T>(string? name) where T : struct, Enum =>
        name is not null && Table<T>.Values.TryGetValue(name, out var value) ? value : null;

    private static class Table<T> where T : struct, Enum
    {
        public static readonly FrozenDictionary<string, T> Values = typeof(T).GetFields(BindingFlags.Public | BindingFlags.Static)
            .ToFrozenDictionary(field => field.GetCustomAttribute<OriginalNameAttribute>()!.Name, field => (T)field.GetValue(null)!);

        public static readonly FrozenDictionary<T, string> Names = Values.ToFrozenDictionary(pair => pair.Value, pair => pair.Key);
    }
}
