-- What becomes of posts that stand on a platform: an officer's decision, its withdrawals and its corrections.
-- When a published post was last looked for and not found as it was approved.
alter table kabar.post add column missing_at timestamptz;

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
