namespace Bourse.Client.Wire;

/// <summary>Where to connect: the configured addresses in turn, or where one of them has sent us.</summary>
internal sealed class Candidates(IReadOnlyList<Uri> configured)
{
    // A circle of masters that send us to each other is a failure like any other.
    private const int MostRedirects = 5;

    private int index;
    private int redirects;
    private Uri? leader;

    public Uri Current => leader ?? configured[index];

    /// <summary>The current one failed.</summary>
    public void Failed()
    {
        // After a leader that was named to us comes the one that named it; otherwise the next in the row.
        if (leader is null)
            index = (index + 1) % configured.Count;
        (leader, redirects) = (null, 0);
    }

    /// <summary>The current one holds.</summary>
    public void Holds() => redirects = 0;

    /// <summary>Follows a redirection to its host and port; false when there were too many in a row or it names none.</summary>
    public bool Follow(Uri? location)
    {
        if (location is null || redirects == MostRedirects)
            return false;
        // The usual form is //host:port/path: resolved against the current address, it keeps the scheme.
        var resolved = new Uri(Current, location);
        redirects++;
        leader = new Uri(resolved.GetLeftPart(UriPartial.Authority));
        return true;
    }
}
