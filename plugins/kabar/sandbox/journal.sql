-- The write-ahead log survives a killed process; only a power cut could lose its last pages,
-- and a sandbox need not survive that.
pragma journal_mode = wal;
pragma synchronous = normal;
-- A second sandbox on the same file would count posts twice: it has to wait, then fails with a clear error.
pragma busy_timeout = 2000;

create table if not exists document (
    kind text not null,
    id text not null,
    body text not null,
    primary key (kind, id)
) without rowid;

create table if not exists picture (
    digest text primary key,
    content blob not null
);
