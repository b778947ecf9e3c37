using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bourse.Contracts;

/// <summary>
/// An amount with exactly three decimals, kept as an integer count of thousandths, so that sums are exact and
/// never depend on the order of additions. Mesos rounds scalars the same way (<c>common/values.cpp</c>).
/// </summary>
/// <param name="Thousandths">The amount times 1000: 1.5 CPUs are 1500.</param>
[JsonConverter(typeof(ScalarConverter))]
public readonly record struct Scalar(long Thousandths) : IComparable<Scalar>
{
    /// <summary>Nothing.</summary>
    public static readonly Scalar Zero;

    /// <summary>Rounds <paramref name="amount"/> to three decimals, halves away from zero.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The amount is not a number, infinite, or beyond 9.2e15.</exception>
    public static Scalar From(double amount)
    {
        if (!double.IsFinite(amount) || Math.Abs(amount) > long.MaxValue / 1000d)
            throw new ArgumentOutOfRangeException(nameof(amount), amount, "a scalar is a finite number below 9.2e15");
        return new((long)Math.Round(amount * 1000, MidpointRounding.AwayFromZero));
    }

    /// <summary>The amount as a double, exact for anything below 2^53 thousandths.</summary>
    public double ToDouble() => Thousandths / 1000d;

    /// <summary>Sum.</summary>
    public static Scalar operator +(Scalar a, Scalar b) => new(checked(a.Thousandths + b.Thousandths));

    /// <summary>Difference; may be negative.</summary>
    public static Scalar operator -(Scalar a, Scalar b) => new(checked(a.Thousandths - b.Thousandths));

    /// <summary>Order by amount.</summary>
    public static bool operator <(Scalar a, Scalar b) => a.Thousandths < b.Thousandths;

    /// <summary>Order by amount.</summary>
    public static bool operator >(Scalar a, Scalar b) => a.Thousandths > b.Thousandths;

    /// <summary>Order by amount.</summary>
    public static bool operator <=(Scalar a, Scalar b) => a.Thousandths <= b.Thousandths;

    /// <summary>Order by amount.</summary>
    public static bool operator >=(Scalar a, Scalar b) => a.Thousandths >= b.Thousandths;

    /// <inheritdoc/>
    public int CompareTo(Scalar other) => Thousandths.CompareTo(other.Thousandths);

    /// <summary>Shortest decimal form: <c>1.5</c>, <c>128</c>, <c>0.001</c>.</summary>
    public override string ToString() => (Thousandths / 1000m).ToString("0.###", CultureInfo.InvariantCulture);
}

/// <summary>Writes a scalar as a plain JSON number.</summary>
public sealed class ScalarConverter : JsonConverter<Scalar>
{
    /// <inheritdoc/>
    public override Scalar Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new((long)(reader.GetDecimal() * 1000m));

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Scalar value, JsonSerializerOptions options)
    {
        if (value.Thousandths % 1000 == 0)
            writer.WriteNumberValue(value.Thousandths / 1000);
        else
            writer.WriteNumberValue(value.Thousandths / 1000m);
    }
}
