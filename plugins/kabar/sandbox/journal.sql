-- Two sandboxes on one file would each know half of the posts: the second one fails at its start.
pragma busy_timeout = 2000;
pragma locking_mode = exclusive;
-- The write-ahead log survives a killed process; only a power cut could lose its last pages,
-- and a sandbox need not survive that.
pragma journal_mode = wal;
pragma synchronous = normal;

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
