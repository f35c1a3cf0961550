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
    -- The version of the calendar that the draft agrees with; the claim compares it with the calendar as it is now.
    calendar_version integer not null,
    -- Whether a person posts it (a manual card) instead of a worker.
    by_hand boolean not null default false,
    check (publish_at < not_after),
    unique (package_id, satker_code, channel)
);
create index draft_account on kabar.draft (account_id);

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
    previous_hash text not null,
    hash text not null,
    -- Pictures by the sha256 of their bytes, in their order; `alt_text` has a line for each.
    pictures text[] not null default '{}',
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
    sequence integer not null,
    previous_hash text not null,
    hash text not null,
    check (verdict = 'approve' or reason <> ''),
    unique (draft_id, request_key),
    unique (draft_id, sequence)
);

-- The posting ledger: one row a post, moved only by `posting/`. It holds the head of its history: how many events
-- there are and the hash of the latest, so that a history cut short at its end is found as well.
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
    history_length integer not null,
    history_hash text not null,
    -- What lies prepared on the platform before the post is created (an uploaded photo, a container), and for which
    -- wording on which account; another one has nothing prepared.
    handle jsonb,
    handle_of text,
    -- When a published post was last looked for and not found as it was approved.
    missing_at timestamptz,
    check (state <> 'published' or platform_id is not null),
    check (state <> 'sending' or lease_until is not null),
    constraint post_handle_has_owner check ((handle is null) = (handle_of is null))
);
create index post_unsettled on kabar.post (state) where state in ('approved', 'sending', 'unconfirmed');

-- Every change of every post, written by the trigger below so that no writer can forget it. Append-only, and chained:
-- each event carries the hash of the one before it, of the newest decision and of the newest wording at its time.
-- A move that `posting/states.py` does not know cannot be told, and so cannot be made.
create table kabar.post_event (
    id bigint generated always as identity primary key,
    -- Checked at the end of the transaction: the trigger tells of a new post just before its row is there.
    post_id bigint not null references kabar.post deferrable initially deferred,
    from_state text,
    to_state text not null,
    claim_number integer not null,
    changed_by text not null,
    reason text not null,
    at timestamptz not null default clock_timestamp(),
    sequence integer not null,
    platform_id text,
    -- How many decisions and wordings the draft had, and the hash of the newest; 0 and '' where there is none.
    decided integer not null,
    decided_hash text not null,
    worded integer not null,
    worded_hash text not null,
    previous_hash text not null,
    hash text not null,
    unique (post_id, sequence),
    constraint move_is_allowed check (
        coalesce(from_state, 'new') = to_state or (coalesce(from_state, 'new'), to_state) in (
            ('new', 'planned'),
            ('planned', 'approved'), ('planned', 'refused'), ('planned', 'expired'), ('planned', 'published'),
            ('approved', 'planned'), ('approved', 'refused'), ('approved', 'held'), ('approved', 'expired'),
            ('approved', 'sending'), ('approved', 'published'),
            ('sending', 'published'), ('sending', 'refused'), ('sending', 'unconfirmed'), ('sending', 'approved'),
            ('unconfirmed', 'published'), ('unconfirmed', 'refused'), ('unconfirmed', 'approved'),
            ('unconfirmed', 'expired'),
            ('refused', 'planned'), ('refused', 'approved'), ('refused', 'published'),
            ('held', 'planned'), ('held', 'approved'), ('held', 'refused'), ('held', 'expired'), ('held', 'published'),
            ('expired', 'published'),
            ('published', 'corrected'), ('published', 'withdrawn'),
            ('corrected', 'withdrawn')))
);

-- A row's hash is taken over everything in it, the hash before it included, as the text of a JSON array. Times are
-- microseconds since 1970, so that no session's time zone changes them. `queries/audit.sql` reads the same arrays.
create function kabar.version_hash(v kabar.draft_version) returns text language sql immutable as $$
    -- A wording without pictures keeps the hash that it had before pictures were known.
    select encode(sha256(convert_to((jsonb_build_array(
        v.previous_hash, v.draft_id, v.version, v.author, v.message, v.link, v.alt_text, v.hashtags, v.facts, v.template,
        v.template_hash, v.findings, v.content_hash, (extract(epoch from v.created_at) * 1000000)::bigint
    ) || case when v.pictures = '{}' then '[]' else jsonb_build_array(v.pictures) end)::text, 'UTF8')), 'hex')
$$;
create function kabar.decision_hash(c kabar.decision) returns text language sql immutable as $$
    select encode(sha256(convert_to(jsonb_build_array(
        c.previous_hash, c.id, c.draft_id, c.sequence, c.content_hash, c.verdict, c.reason, c.officer, c.officer_scope,
        c.request_key, (extract(epoch from c.decided_at) * 1000000)::bigint
    )::text, 'UTF8')), 'hex')
$$;
create function kabar.event_hash(e kabar.post_event) returns text language sql immutable as $$
    select encode(sha256(convert_to(jsonb_build_array(
        e.previous_hash, e.post_id, e.sequence, e.from_state, e.to_state, e.claim_number, e.changed_by, e.reason,
        e.platform_id, e.decided, e.decided_hash, e.worded, e.worded_hash, (extract(epoch from e.at) * 1000000)::bigint
    )::text, 'UTF8')), 'hex')
$$;

-- Link a new wording to the one before it. Whoever adds one holds the lock of its post.
create function kabar.chain_version() returns trigger language plpgsql as $$
begin
    new.previous_hash := coalesce(
        (select v.hash from kabar.draft_version v where v.draft_id = new.draft_id and v.version = new.version - 1), '');
    new.hash := kabar.version_hash(new);
    return new;
end $$;
create trigger draft_version_is_chained before insert on kabar.draft_version
    for each row execute function kabar.chain_version();

-- Link a new decision to the one about the same draft before it, under the same lock.
create function kabar.chain_decision() returns trigger language plpgsql as $$
declare
    before kabar.decision;
begin
    select * into before from kabar.decision c where c.draft_id = new.draft_id order by c.sequence desc limit 1;
    new.sequence := coalesce(before.sequence, 0) + 1;
    new.previous_hash := coalesce(before.hash, '');
    new.hash := kabar.decision_hash(new);
    return new;
end $$;
create trigger decision_is_chained before insert on kabar.decision
    for each row execute function kabar.chain_decision();

-- Tell every change of a post, link it to the one before, and pin the newest decision and wording of its draft.
-- The post's own row is the head of the chain and is locked anyway: writers of different posts never meet.
create function kabar.chain_post_change() returns trigger language plpgsql as $$
declare
    told kabar.post_event;
begin
    if tg_op = 'UPDATE' then
        -- Nobody but this function moves the head.
        new.history_length := old.history_length;
        new.history_hash := old.history_hash;
        if (new.state, new.reason, new.changed_by, new.claim_number, new.platform_id, new.decision_id)
                is not distinct from
           (old.state, old.reason, old.changed_by, old.claim_number, old.platform_id, old.decision_id) then
            return new;
        end if;
        told.from_state := old.state;
    else
        new.history_length := 0;
        new.history_hash := '';
    end if;
    told.post_id := new.id;
    told.sequence := new.history_length + 1;
    told.previous_hash := new.history_hash;
    told.to_state := new.state;
    told.claim_number := new.claim_number;
    told.changed_by := new.changed_by;
    told.reason := new.reason;
    told.platform_id := new.platform_id;
    told.at := clock_timestamp();
    select c.sequence, c.hash into told.decided, told.decided_hash
    from kabar.decision c where c.draft_id = new.draft_id order by c.sequence desc limit 1;
    select v.version, v.hash into told.worded, told.worded_hash
    from kabar.draft_version v where v.draft_id = new.draft_id order by v.version desc limit 1;
    told.decided := coalesce(told.decided, 0);
    told.decided_hash := coalesce(told.decided_hash, '');
    told.worded := coalesce(told.worded, 0);
    told.worded_hash := coalesce(told.worded_hash, '');
    told.hash := kabar.event_hash(told);
    insert into kabar.post_event (post_id, from_state, to_state, claim_number, changed_by, reason, at, sequence,
                                  platform_id, decided, decided_hash, worded, worded_hash, previous_hash, hash)
    values (told.post_id, told.from_state, told.to_state, told.claim_number, told.changed_by, told.reason, told.at,
            told.sequence, told.platform_id, told.decided, told.decided_hash, told.worded, told.worded_hash,
            told.previous_hash, told.hash);
    new.history_length := told.sequence;
    new.history_hash := told.hash;
    return new;
end $$;
create trigger post_change before insert or update on kabar.post
    for each row execute function kabar.chain_post_change();

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
create trigger decision_is_never_emptied before truncate on kabar.decision
    for each statement execute function kabar.forbid_change();
create trigger draft_version_is_never_emptied before truncate on kabar.draft_version
    for each statement execute function kabar.forbid_change();
create trigger post_event_is_never_emptied before truncate on kabar.post_event
    for each statement execute function kabar.forbid_change();

-- One decision to apply an amended calendar: who, when, from which versions to which file. Append-only.
create table kabar.amendment (
    id bigint generated always as identity primary key,
    calendar text not null,
    from_versions integer[] not null,
    to_version integer not null,
    file_hash text not null check (file_hash ~ '^[0-9a-f]{64}$'),
    officer text not null,
    officer_scope text not null,
    request_key text not null unique,
    -- Drafts that took the new version as they were.
    kept integer not null,
    decided_at timestamptz not null default clock_timestamp()
);

-- What an amendment did to one draft, or found of one that is out of its reach. Append-only.
create table kabar.amendment_draft (
    amendment_id bigint not null references kabar.amendment,
    draft_id bigint not null references kabar.draft,
    effect text not null check (effect in ('added', 'moved', 'reworded', 'gone', 'wrong', 'wrong_and_gone')),
    -- What differs, as pairs of what the draft said and what the calendar says now.
    changes jsonb not null,
    primary key (amendment_id, draft_id)
);
create index amendment_draft_of on kabar.amendment_draft (draft_id);
create trigger amendment_is_append_only before update or delete on kabar.amendment
    for each row execute function kabar.forbid_change();
create trigger amendment_draft_is_append_only before update or delete on kabar.amendment_draft
    for each row execute function kabar.forbid_change();
create trigger amendment_is_never_emptied before truncate on kabar.amendment
    for each statement execute function kabar.forbid_change();
create trigger amendment_draft_is_never_emptied before truncate on kabar.amendment_draft
    for each statement execute function kabar.forbid_change();

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
    lifted_at timestamptz,
    -- The same form raises one stop, however often it is sent.
    request_key text unique
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

-- Whether an account could publish on the morning of `day` (Jakarta), and in words why not. Null is not known.
create table kabar.account_check (
    account_id bigint not null references kabar.account,
    day date not null,
    verdict text not null check (verdict in ('ready', 'attention', 'cannot_publish', 'not_read')),
    reasons text[] not null,
    page_name text,
    category text,
    is_published boolean,
    tasks text[],
    token_kind text,
    token_expires_at timestamptz,
    token_never_expires boolean,
    checked_at timestamptz not null,
    check ((verdict = 'ready') = (reasons = '{}')),
    check (token_expires_at is null or token_never_expires is not true),
    primary key (account_id, day)
);

-- What an officer decided about posts that stand on a platform: take them down (*withdraw*), correct them by posts of
-- their own (*correct*), or both at once (*replace*). Append-only.
create table kabar.remedy (
    id bigint generated always as identity primary key,
    action text not null check (action in ('withdraw', 'correct', 'replace')),
    reason text not null check (reason <> ''),
    -- What stands there wrongly and what is true, as the correction says it; empty for a mere withdrawal.
    wrong text not null,
    truth text not null,
    -- How the posts were chosen, for people: one post, a stage, a fact and its value, a template.
    chosen_by text not null,
    officer text not null,
    officer_scope text not null,
    request_key text not null unique,
    decided_at timestamptz not null default clock_timestamp(),
    check (action = 'withdraw' or (wrong <> '' and truth <> ''))
);
create trigger remedy_is_append_only before update or delete on kabar.remedy
    for each row execute function kabar.forbid_change();
create trigger remedy_is_never_emptied before truncate on kabar.remedy
    for each statement execute function kabar.forbid_change();

-- One post that such a decision takes down, and how far that has come. Taking down twice does no harm, so a lost answer
-- is asked for again; *manual* waits for a person who does it by hand.
create table kabar.withdrawal (
    id bigint generated always as identity primary key,
    remedy_id bigint not null references kabar.remedy,
    post_id bigint not null references kabar.post,
    state text not null default 'waiting' check (state in ('waiting', 'working', 'manual', 'done')),
    attempts integer not null default 0,
    -- When it is to be done, or done again; while somebody is at work, when that turn is over.
    due_at timestamptz not null default clock_timestamp(),
    -- What the platform, or we, said last; never a token.
    said text not null default '',
    finished_at timestamptz,
    finished_by text,
    check ((state = 'done') = (finished_at is not null)),
    unique (remedy_id, post_id)
);
create unique index withdrawal_one_at_a_time on kabar.withdrawal (post_id) where state <> 'done';

-- Which post a draft corrects.
create table kabar.correction (
    draft_id bigint primary key references kabar.draft,
    post_id bigint not null references kabar.post,
    remedy_id bigint not null references kabar.remedy
);
create index correction_of_post on kabar.correction (post_id);
-- Until when an account, or every account behind a connection, is left alone because its platform has asked for it or
-- was about to. Every worker, run and harvest heeds it; what is over stays as the last that was known.
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

-- Until when one post of an account has to wait: for a cool-down, and for the gap after another post of the same
-- account. Null when for nothing.
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
