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
