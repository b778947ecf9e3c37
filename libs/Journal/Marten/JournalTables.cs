namespace Bourse.Journal;

/// <summary>Our own tables beside Marten's, in the service's schema.</summary>
internal static class JournalTables
{
    /// <summary>SQLSTATE with which an append of a deposed leader ends.</summary>
    public const string Stale = "BJ001";

    /// <summary>Makes what is missing.</summary>
    public static string Create(string schema) => $$"""
        -- One row: where the journal ends. Updating it under the expected position is what fences a deposed leader, and the row's
        -- lock is held to the commit, so that two appends cannot both have seen the same end.
        create table if not exists {{schema}}.journal_head (
            one boolean primary key default true check (one),
            position bigint not null, epoch bigint not null, segment bigint not null, base bigint not null, published bigint not null
        ) with (fillfactor = 50);
        insert into {{schema}}.journal_head (position, epoch, segment, base, published) values (0, 0, 0, 0, 0) on conflict do nothing;

        create table if not exists {{schema}}.journal_segments (number bigint primary key, base bigint not null unique);

        -- The logical stream of a subject. Only ever read by it, in order.
        create table if not exists {{schema}}.journal_subjects (
            subject text collate "C" not null, position bigint not null, primary key (subject, position)
        );

        create table if not exists {{schema}}.journal_snapshots (
            position bigint primary key, state bytea not null, heard jsonb not null, taken timestamptz not null default now()
        );

        create or replace function {{schema}}.journal_advance(
            expected bigint, next bigint, new_epoch bigint, new_segment bigint, new_base bigint, relayed bigint) returns void as $$
        declare opened bigint;
        begin
            select segment into opened from {{schema}}.journal_head where position = expected and epoch <= new_epoch for update;
            if not found then
                raise exception 'the journal is not at % in an epoch up to %', expected, new_epoch using errcode = '{{Stale}}';
            end if;
            update {{schema}}.journal_head set position = next, epoch = new_epoch, segment = new_segment, base = new_base,
                published = greatest(published, relayed);
            if new_segment > opened then
                insert into {{schema}}.journal_segments (number, base) values (new_segment, new_base);
            end if;
        end $$ language plpgsql;
        """;
}
