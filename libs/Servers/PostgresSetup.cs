using Npgsql;

namespace Bourse.Servers;

/// <summary>Makes databases, logins and schemas; saying it again changes nothing but the password.</summary>
public static class PostgresSetup
{
    /// <summary>Makes the database when it is not there yet.</summary>
    public static async Task Database(string superuser, string database, CancellationToken cancellationToken)
    {
        var source = NpgsqlDataSource.Create(Unpooled(superuser));
        await using (source.ConfigureAwait(false))
        {
            var ask = source.CreateCommand("select count(*) from pg_database where datname = $1");
            await using (ask.ConfigureAwait(false))
            {
                ask.Parameters.AddWithValue(database);
                if (await ask.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is 0L)
                {
                    await Run(source, $"create database {Quoted(database)}", cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }

    /// <summary>Makes a login that owns the schema of the same name in the database, and nothing else.</summary>
    /// <returns>The login's connection string.</returns>
    public static async Task<string> Login(string superuser, string database, string login, string password, CancellationToken cancellationToken)
    {
        var builder = new NpgsqlConnectionStringBuilder(Unpooled(superuser)) { Database = database };
        var source = NpgsqlDataSource.Create(builder.ConnectionString);
        await using (source.ConfigureAwait(false))
        {
            // CREATE ROLE knows no "if not exists". Only the statement's text may hold the password; it is random hexadecimal.
            await Run(
                source,
                $"""
                do $$ begin
                  if not exists (select from pg_roles where rolname = '{login}') then create role {Quoted(login)}; end if;
                end $$;
                alter role {Quoted(login)} login password '{password.Replace("'", "''", StringComparison.Ordinal)}';
                create schema if not exists {Quoted(login)} authorization {Quoted(login)};
                """,
                cancellationToken).ConfigureAwait(false);
        }

        return new NpgsqlConnectionStringBuilder(superuser) { Database = database, Username = login, Password = password }.ConnectionString;
    }

    private static async Task Run(NpgsqlDataSource source, string sql, CancellationToken cancellationToken)
    {
        var command = source.CreateCommand(sql);
        await using (command.ConfigureAwait(false))
        {
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static string Unpooled(string connection) => new NpgsqlConnectionStringBuilder(connection) { Pooling = false }.ConnectionString;

    private static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
