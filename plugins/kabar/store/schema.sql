-- The whole schema as it stands after every migration; a test holds it equal to `migrations/`.
-- Times are timestamptz, `_on` is a date. Airflow's own tables live in `public`, ours in `kabar` and `insight`.

create schema kabar;
create schema insight;

-- One rehearsal: a real stage of a real calendar, played as if it were another moment.
create table kabar.rehearsal (
    id bigint generated always as identity primary key,
    calendar text not null,
    stage text not null,
    tonggak text not null,
    as_if_at timestamptz not null,
    first_wave_at timestamptz not null,
    gap_seconds integer not null check (gap_seconds >= 0),
    late_delay_seconds integer not null check (late_delay_seconds >= 0),
    dag_id text not null,
    run_id text not null,
    created_at timestamptz not null default now(),
    unique (dag_id, run_id)
);

-- One tonggak of one ledger: what an officer decides together. No rehearsal means the real ledger.
create table kabar.package (
    id bigint generated always as identity primary key,
    rehearsal_id bigint references kabar.rehearsal,
    calendar text not null,
    calendar_version integer not null,
    stage text not null,
    tonggak text not null,
    kind text not null,
    title text not null,
    late_delay_seconds integer not null,
    dag_id text not null,
    run_id text not null,
    created_at timestamptz not null default now(),
    unique nulls not distinct (calendar, stage, tonggak, rehearsal_id)
);

-- One account of a satker on a platform, as the registry had it when it was last used.
create table kabar.account (
    id bigint generated always as identity primary key,
    channel text not null,
    external_id text not null,
    satker_code text not null,
    name text not null,
    usage text not null check (usage in ('real', 'rehearsal')),
    connection text not null,
    is_active boolean not null,
    unique (channel, external_id)
);

-- What one satker must say on one channel at one tonggak.
create table kabar.draft (
    id bigint generated always as identity primary key,
    package_id bigint not null references kabar.package,
    satker_code text not null,
    province_code text not null,
    channel text not null,
    account_id bigint references kabar.account,
    wave text not null check (wave in ('WIT', 'WITA', 'WIB')),
    says_at timestamptz not null,
    publish_at timestamptz not null,
    not_after timestamptz not null,
    version integer not null,
    check (publish_at < not_after),
    unique (package_id, satker_code, channel)
);

-- Every wording a draft ever had; never changed, never deleted.
create table kabar.draft_version (
    draft_id bigint not null references kabar.draft,
    version integer not null,
    author text not null,
    message text not null,
    link text not null,
    alt_text text not null,
    hashtags text[] not null,
    facts jsonb not null,
    template text not null,
    template_hash text not null,
    findings jsonb not null,
    content_hash text not null check (content_hash ~ '^[0-9a-f]{64}$'),
    created_at timestamptz not null default now(),
    primary key (draft_id, version)
);

-- The only truth about approval: who decided what about exactly which wording. Append-only.
create table kabar.decision (
    id bigint generated always as identity primary key,
    draft_id bigint not null references kabar.draft,
    content_hash text not null,
    verdict text not null check (verdict in ('approve', 'refuse')),
    reason text not null,
    officer text not null,
    officer_scope text not null,
    request_key text not null,
    decided_at timestamptz not null default clock_timestamp(),
    check (verdict = 'approve' or reason <> ''),
    unique (draft_id, request_key)
);

-- The posting ledger: one row a post, moved only by `posting/`.
create table kabar.post (
    id bigint generated always as identity primary key,
    draft_id bigint not null unique references kabar.draft,
    state text not null default 'planned' check (state in (
        'planned', 'approved', 'sending', 'published', 'refused', 'unconfirmed',
        'held', 'expired', 'withdrawn', 'corrected')),
    decision_id bigint references kabar.decision,
    claim_number integer not null default 0,
    lease_until timestamptz,
    platform_id text,
    permalink text,
    sent_at timestamptz,
    published_at timestamptz,
    confirmed_at timestamptz,
    looks integer not null default 0,
    looked_at timestamptz,
    evidence jsonb not null default '[]',
    changed_by text not null,
    reason text not null,
    check (state <> 'published' or platform_id is not null),
    check (state <> 'sending' or lease_until is not null)
);
create index post_unsettled on kabar.post (state) where state in ('approved', 'sending', 'unconfirmed');

-- Every change of every post, written by the trigger below so that no writer can forget it. Append-only.
create table kabar.post_event (
    id bigint generated always as identity primary key,
    post_id bigint not null references kabar.post,
    from_state text,
    to_state text not null,
    claim_number integer not null,
    changed_by text not null,
    reason text not null,
    at timestamptz not null default clock_timestamp()
);
create index post_event_of_post on kabar.post_event (post_id, id);

create function kabar.remember_post_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' or new.state is distinct from old.state or new.reason is distinct from old.reason then
        insert into kabar.post_event (post_id, from_state, to_state, claim_number, changed_by, reason)
        values (new.id, case when tg_op = 'UPDATE' then old.state end, new.state, new.claim_number,
                new.changed_by, new.reason);
    end if;
    return null;
end $$;
create trigger post_change after insert or update on kabar.post
    for each row execute function kabar.remember_post_change();

create function kabar.forbid_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name;
end $$;
create trigger decision_is_append_only before update or delete on kabar.decision
    for each row execute function kabar.forbid_change();
create trigger draft_version_is_append_only before update or delete on kabar.draft_version
    for each row execute function kabar.forbid_change();
create trigger post_event_is_append_only before update or delete on kabar.post_event
    for each row execute function kabar.forbid_change();

-- A stop: nothing in its scope is claimed while it stands. A null scope part means "every".
create table kabar.stop (
    id bigint generated always as identity primary key,
    calendar text,
    stage text,
    province_code text,
    satker_code text,
    channel text,
    reason text not null check (reason <> ''),
    raised_by text not null,
    raised_at timestamptz not null default clock_timestamp(),
    ends_at timestamptz,
    lifted_by text,
    lifted_at timestamptz
);

-- One value of one metric of one account on one day of the platform (Facebook: a Los Angeles day).
create table insight.daily (
    account_id bigint not null references kabar.account,
    metric text not null,
    day date not null,
    value bigint,
    parts jsonb,
    availability text not null check (availability in (
        'available', 'delayed', 'under_100_likes', 'no_permission', 'deleted', 'unknown_metric', 'failed')),
    reason text not null,
    ends_at timestamptz,
    harvested_at timestamptz not null,
    partition_key text not null,
    check ((availability = 'available') = (value is not null)),
    primary key (account_id, metric, day)
) partition by range (day);

-- The lifetime value of one metric of one published post, as it stood on the night of `day`.
create table insight.post_snapshot (
    post_id bigint not null references kabar.post,
    metric text not null,
    day date not null,
    value bigint,
    parts jsonb,
    availability text not null check (availability in (
        'available', 'delayed', 'under_100_likes', 'no_permission', 'deleted', 'unknown_metric', 'failed')),
    reason text not null,
    harvested_at timestamptz not null,
    check ((availability = 'available') = (value is not null)),
    primary key (post_id, metric, day)
) partition by range (day);

-- A value that the platform changed after it had given one.
create table insight.restatement (
    id bigint generated always as identity primary key,
    account_id bigint not null references kabar.account,
    metric text not null,
    day date not null,
    old_value bigint,
    old_availability text not null,
    new_value bigint,
    new_availability text not null,
    restated_at timestamptz not null
);

-- Make the monthly partitions that cover the days from `first` to `last`; harmless to repeat.
create function insight.make_partitions(first date, last date) returns void language plpgsql as $$
declare
    parent text;
    month date;
begin
    foreach parent in array array['daily', 'post_snapshot'] loop
        for month in select generate_series(date_trunc('month', first), last, interval '1 month')::date loop
            if to_regclass(format('insight.%s_%s', parent, to_char(month, 'YYYYMM'))) is null then
                execute format('create table if not exists insight.%I partition of insight.%I for values from (%L) to (%L)',
                               parent || '_' || to_char(month, 'YYYYMM'), parent,
                               month, (month + interval '1 month')::date);
            end if;
        end loop;
    end loop;
end $$;
