-- name: make_partitions$
-- Make the monthly partitions for some days; harmless to repeat, also at the same time.
select insight.make_partitions(:first, :last);

-- name: published_posts
-- Posts that stand on a platform and were published since a moment, with the account they stand on.
select p.id, p.platform_id, d.account_id
from kabar.post p join kabar.draft d on d.id = p.draft_id
where p.state = 'published' and p.published_at >= :since and d.account_id is not null
order by p.id;

-- name: make_staging#
-- Rows of one harvest before they are merged; they outlive a transaction, so that none is open during a call.
create temporary table day_read (
    account_id bigint, metric text, day date, value bigint, parts jsonb, availability text, reason text, ends_at timestamptz
) on commit preserve rows;
create temporary table post_read (
    post_id bigint, metric text, day date, value bigint, parts jsonb, availability text, reason text
) on commit preserve rows;

-- name: drop_staging#
-- A connection goes back to its pool without them.
drop table if exists pg_temp.day_read, pg_temp.post_read;

-- name: copy_days#
-- Stream daily values in.
copy day_read (account_id, metric, day, value, parts, availability, reason, ends_at) from stdin;

-- name: copy_posts#
-- Stream lifetime values of posts in.
copy post_read (post_id, metric, day, value, parts, availability, reason) from stdin;

-- name: one_writer_at_a_time
-- MERGE is not safe with two writers; the lock goes with the transaction. A statement of its own, so that the
-- next one sees what the writer before us has committed.
select pg_advisory_xact_lock(hashtext('kabar.insight'));

-- name: measure_change^
-- What the merge is about to do with the daily values.
select count(*) filter (where d.account_id is null) as added,
       count(*) filter (where d.value is null and d.account_id is not null
                        and (d.availability, d.reason, s.value is null) is distinct from (s.availability, s.reason, true)) as filled,
       count(*) filter (where s.value is not null and d.value is not null
                        and (d.value, d.parts) is distinct from (s.value, s.parts)) as restated,
       count(*) filter (where s.value is null and d.value is not null) as kept
from day_read s
left join insight.daily d
  on d.account_id = s.account_id and d.metric = s.metric and d.day = s.day and d.day between :first and :last;

-- name: remember_restatements!
-- Keep what a platform says otherwise than before. A first value after a gap is no restatement.
insert into insight.restatement (account_id, metric, day, old_value, old_availability, new_value, new_availability, restated_at)
select s.account_id, s.metric, s.day, d.value, d.availability, s.value, s.availability, :read_at
from day_read s
join insight.daily d
  on d.account_id = s.account_id and d.metric = s.metric and d.day = s.day and d.day between :first and :last
where d.value is not null and s.value is not null and (d.value, d.parts) is distinct from (s.value, s.parts);

-- name: merge_days!
-- Add and update daily values. A row that says the same is not rewritten, and a value that was once given is
-- never replaced by a gap. The days are named twice so that only their partitions are read.
merge into insight.daily as d
using day_read as s
on d.account_id = s.account_id and d.metric = s.metric and d.day = s.day and d.day between :first and :last
when matched and s.value is null and d.value is not null then do nothing
when matched and (d.value, d.parts, d.availability, d.reason, d.ends_at)
                 is distinct from (s.value, s.parts, s.availability, s.reason, s.ends_at) then
    update set value = s.value, parts = s.parts, availability = s.availability, reason = s.reason,
               ends_at = s.ends_at, harvested_at = :read_at, partition_key = :partition_key
when not matched then
    insert (account_id, metric, day, value, parts, availability, reason, ends_at, harvested_at, partition_key)
    values (s.account_id, s.metric, s.day, s.value, s.parts, s.availability, s.reason, s.ends_at, :read_at,
            :partition_key);

-- name: merge_posts!
-- Add the night's snapshot of posts. A snapshot once taken stays; only a gap is filled.
merge into insight.post_snapshot as d
using post_read as s
on d.post_id = s.post_id and d.metric = s.metric and d.day = s.day and d.day between :first and :last
when matched and d.value is null and (d.availability, d.reason, s.value is null)
                 is distinct from (s.availability, s.reason, true) then
    update set value = s.value, parts = s.parts, availability = s.availability, reason = s.reason,
               harvested_at = :read_at
when not matched then
    insert (post_id, metric, day, value, parts, availability, reason, harvested_at)
    values (s.post_id, s.metric, s.day, s.value, s.parts, s.availability, s.reason, :read_at);

-- name: count_day
-- Rows of one day by availability, of the given accounts and metrics.
select availability, count(*) as rows
from insight.daily
where day = :day and account_id = any(:accounts) and metric = any(:metrics)
group by availability;

-- name: count_values$
-- Rows with a value between two days, of the given accounts.
select count(*) from insight.daily
where day between :first and :last and account_id = any(:accounts) and value is not null;

-- name: extent_of_days^
-- How many rows, rows with a value, and accounts on the last day some days hold.
select count(*) as rows, count(value) as values, count(distinct account_id) filter (where day = :last) as accounts
from insight.daily where day between :first and :last;
