-- name: save_account$
-- Take over one account of the registry and give its number.
insert into kabar.account (channel, external_id, satker_code, name, usage, connection, is_active)
values (:channel, :external_id, :satker_code, :name, :usage, :connection, :is_active)
on conflict (channel, external_id) do update
set satker_code = excluded.satker_code, name = excluded.name, usage = excluded.usage,
    connection = excluded.connection, is_active = excluded.is_active
returning id;

-- name: take_over$
-- Let known accounts follow the registry; a row that says the same is not written. Locked in one order, so that two
-- rounds that see the same change do not deadlock.
with registry as (
    select * from unnest(:channels::text[], :external_ids::text[], :satker_codes::text[], :names::text[],
                         :usages::text[], :connections::text[], :actives::boolean[])
        as r (channel, external_id, satker_code, name, usage, connection, is_active)
), outdated as (
    select a.id, r.satker_code, r.name, r.usage, r.connection, r.is_active
    from kabar.account a join registry r using (channel, external_id)
    where (a.satker_code, a.name, a.usage, a.connection, a.is_active)
          is distinct from (r.satker_code, r.name, r.usage, r.connection, r.is_active)
    order by a.id
    for update of a
), changed as (
    update kabar.account a
    set satker_code = o.satker_code, name = o.name, usage = o.usage, connection = o.connection, is_active = o.is_active
    from outdated o where a.id = o.id
    returning 1
)
select count(*) from changed;

-- name: save_check!
-- Remember the verdict of a day. A second look on the same day replaces the first, unless it saw nothing.
insert into kabar.account_check
    (account_id, day, verdict, reasons, page_name, category, is_published, tasks,
     token_kind, token_expires_at, token_never_expires, checked_at)
values (:account_id, :day, :verdict, :reasons, :page_name, :category, :is_published, :tasks,
        :token_kind, :token_expires_at, :token_never_expires, :checked_at)
on conflict (account_id, day) do update
set verdict = excluded.verdict, reasons = excluded.reasons, page_name = excluded.page_name,
    category = excluded.category, is_published = excluded.is_published, tasks = excluded.tasks,
    token_kind = excluded.token_kind, token_expires_at = excluded.token_expires_at,
    token_never_expires = excluded.token_never_expires, checked_at = excluded.checked_at
where excluded.verdict <> 'not_read' or account_check.verdict = 'not_read';

-- name: block_account!
-- The platform has just refused this account. The verdict of the day in Jakarta changes; what else was read stays.
insert into kabar.account_check (account_id, day, verdict, reasons, checked_at)
select a.id, (clock_timestamp() at time zone 'Asia/Jakarta')::date, 'cannot_publish', array[:reason], clock_timestamp()
from kabar.account a where a.channel = :channel and a.external_id = :external_id
on conflict (account_id, day) do update
set verdict = excluded.verdict, reasons = excluded.reasons, checked_at = excluded.checked_at;

-- name: unblock_account!
-- A look has found nothing against this account any more.
update kabar.account_check t
set verdict = 'ready', reasons = '{}', checked_at = clock_timestamp()
from kabar.account a
where a.channel = :channel and a.external_id = :external_id and t.account_id = a.id and t.verdict = 'cannot_publish'
  and t.day = (select max(n.day) from kabar.account_check n where n.account_id = a.id);

-- name: list_latest_checks
-- The newest verdict on every account that was ever looked at, by satker.
select account.satker_code, account.channel, account.external_id, account.name, account.usage,
       account.is_active, latest.*
from kabar.account
cross join lateral (
    select * from kabar.account_check
    where account_check.account_id = account.id
    order by day desc
    limit 1
) as latest
order by account.satker_code, account.channel, account.usage;

-- name: switch_off_absent!
-- Switch off every account that the registry no longer names.
update kabar.account
set is_active = false
where is_active
  and (channel, external_id) not in (select * from unnest(:channels::text[], :external_ids::text[]));
