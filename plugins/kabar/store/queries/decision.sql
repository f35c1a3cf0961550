-- name: lock_drafts
-- Lock the posts of some drafts against claims and other decisions, in one order so that no two deciders deadlock.
select p.id from kabar.post p where p.draft_id = any(:draft_ids) order by p.draft_id for update;

-- name: read_for_decision
-- What a decision must know about each draft, read after the lock.
select d.id as draft_id, d.package_id, d.satker_code, d.publish_at, d.not_after, v.author, v.content_hash, v.findings,
       p.id as post_id, p.state, p.claim_number, k.late_delay_seconds, clock_timestamp() as now,
       exists (select 1 from kabar.decision c where c.draft_id = d.id and c.request_key = :request_key) as is_repeated
from kabar.draft d
join kabar.package k on k.id = d.package_id
join kabar.draft_version v on v.draft_id = d.id and v.version = d.version
join kabar.post p on p.draft_id = d.id
where d.id = any(:draft_ids)
order by d.id;

-- name: record_decisions
-- Append one decision per draft, pinned to the wording it was made about.
insert into kabar.decision (draft_id, content_hash, verdict, reason, officer, officer_scope, request_key)
select draft_id, content_hash, :verdict, :reason, :officer, :officer_scope, :request_key
from unnest(:draft_ids::bigint[], :content_hashes::text[]) as decided (draft_id, content_hash)
returning id, draft_id;

-- name: apply_decisions!
-- Move the posts as their decisions say; a late approval gets a later time, never an immediate post. One that is being
-- sent stays so: its worker meets the decision right before the call.
with decided as (
    select * from unnest(:draft_ids::bigint[], :decision_ids::bigint[], :publish_ats::timestamptz[])
        as t (draft_id, decision_id, publish_at)
), retimed as (
    update kabar.draft d set publish_at = t.publish_at from decided t where d.id = t.draft_id and d.publish_at <> t.publish_at
)
update kabar.post p
set state = case p.state when 'sending' then p.state else :state end, decision_id = t.decision_id, changed_by = :officer, reason = :reason
from decided t where p.draft_id = t.draft_id;

-- name: announce_decisions
-- Wake the sensors of these packages; delivered when the transaction commits.
select pg_notify('kabar_decision', package_id::text) from unnest(:package_ids::bigint[]) as t (package_id);

-- name: wave_standing^
-- What the approval sensor of one wave needs: how many drafts still wait, and when the wave goes out.
select count(*) filter (where p.state = 'planned') as waiting,
       count(*) filter (where p.state = 'approved') as approved,
       min(d.publish_at) as publish_at,
       max(d.not_after) as not_after,
       clock_timestamp() as now
from kabar.draft d join kabar.post p on p.draft_id = d.id
where d.package_id = :package_id and (:wave::text is null or d.wave = :wave);

-- name: package_standing^
-- What the late round of one wave, or of a whole package, needs: what is due, what comes next, what can still change.
-- A card in somebody's hand becomes a question when its time is over; nothing else about cards is a worker's to do.
select count(*) filter (where p.state = 'approved' and not d.by_hand and due.at <= clock_timestamp()
                              and d.not_after > clock_timestamp()) as due,
       min(due.at) filter (where p.state = 'approved' and not d.by_hand and due.at > clock_timestamp()) as next_at,
       min(case when p.state = 'sending' then p.lease_until else d.not_after end)
           filter (where p.state in ('planned', 'approved', 'held') or p.state = 'sending' and d.by_hand
                   or p.state = 'unconfirmed' and d.not_after > clock_timestamp()) as next_expiry_at,
       count(*) filter (where p.state in ('planned', 'approved', 'held', 'sending')
                        or p.state = 'unconfirmed' and d.not_after > clock_timestamp()) as open,
       clock_timestamp() as now
from kabar.draft d
join kabar.post p on p.draft_id = d.id
left join kabar.account a on a.id = d.account_id
cross join lateral (
    select greatest(d.publish_at, kabar.rests_until(a, p.id, :account_gap_seconds::double precision)) as at
) due
where d.package_id = :package_id and (:wave::text is null or d.wave = :wave);
