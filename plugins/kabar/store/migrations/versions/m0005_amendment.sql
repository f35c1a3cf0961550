-- The version of the calendar that a draft agrees with: the claim compares it with the calendar as it is now.
alter table kabar.draft add column calendar_version integer;
update kabar.draft d set calendar_version = k.calendar_version from kabar.package k where k.id = d.package_id;
alter table kabar.draft alter column calendar_version set not null;

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

-- The same form raises one stop, however often it is sent.
alter table kabar.stop add column request_key text unique;
