-- Posts that a person makes by hand (manual cards), and pauses that platforms ask for, remembered for every worker.
alter table kabar.draft add column by_hand boolean not null default false;

-- The gap between two posts of one account looks for the account's posts in every package.
create index draft_account on kabar.draft (account_id);

create table kabar.cooldown (
    connection text not null,
    -- The platform's id of the account; empty for every account behind the connection.
    external_id text not null,
    until timestamptz not null,
    reason text not null check (reason <> ''),
    noted_by text not null,
    noted_at timestamptz not null default clock_timestamp(),
    primary key (connection, external_id)
);

create function kabar.rests_until(account kabar.account, post_id bigint, gap_seconds double precision)
returns timestamptz language sql stable as $$
    select greatest(
        (select max(c.until) from kabar.cooldown c
         where c.connection = account.connection and c.external_id in ('', account.external_id)),
        case when gap_seconds > 0 then
            (select max(p.sent_at) + make_interval(secs => gap_seconds)
             from kabar.draft d join kabar.post p on p.draft_id = d.id
             where d.account_id = account.id and p.id <> post_id and p.state not in ('planned', 'approved'))
        end)
$$;
