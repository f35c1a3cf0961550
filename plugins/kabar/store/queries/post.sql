-- name: list_due_posts
-- Posts that a worker may send now: approved, due, still worth saying, on accounts that do not rest. `in_seconds` says
-- when the turn of each comes within the spread; an account has the same place in it every time.
select p.id, k.calendar,
       greatest(extract(epoch from due.at - clock_timestamp())
                + coalesce(('x' || left(md5(a.channel || ' ' || a.external_id), 8))::bit(32)::bigint, 0) / 4294967296.0
                  * coalesce(:spread_seconds::double precision, 0), 0)::float8 as in_seconds
from kabar.post p
join kabar.draft d on d.id = p.draft_id
join kabar.package k on k.id = d.package_id
left join kabar.account a on a.id = d.account_id
cross join lateral (
    select greatest(d.publish_at, kabar.rests_until(a, p.id, :account_gap_seconds::double precision)) as at
) due
where p.state = 'approved' and not d.by_hand and due.at <= clock_timestamp() and d.not_after > clock_timestamp()
  and (:package_id::bigint is null or d.package_id = :package_id)
  and (:wave::text is null or d.wave = :wave)
  and (:channel::text is null or d.channel = :channel)
order by d.publish_at, p.id;

-- name: lock_post^
-- Take the lock that serialises claims, edits and decisions of one post.
select id from kabar.post where id = :post_id for update;

-- name: lock_account_turn
-- Let claims of one account pass one after the other, so that the gap between its posts is seen. Not a lock on the
-- account's row: drafting locks accounts before posts, and a claim comes the other way.
select pg_advisory_xact_lock(hashtextextended('kabar account turn ' || d.account_id, 0))
from kabar.post p join kabar.draft d on d.id = p.draft_id
where p.id = :post_id and d.account_id is not null;

-- name: read_for_claim^
-- Everything that was true at approval, read again under the lock.
select p.state, d.publish_at <= clock_timestamp() as is_due, d.not_after <= clock_timestamp() as is_too_late,
       coalesce(c.verdict = 'approve' and c.content_hash = v.content_hash, false) as is_approved_as_it_stands,
       coalesce(c.verdict = 'refuse', false) as is_refused, d.satker_code, v.facts ->> 'satker_lengkap' as official_name,
       k.calendar, d.calendar_version, k.rehearsal_id, d.by_hand,
       coalesce(kabar.rests_until(a, p.id, :account_gap_seconds::double precision) > clock_timestamp(), false) as is_resting,
       a.is_active as account_is_active, a.usage as account_usage, a.satker_code = d.satker_code as account_is_its_own,
       case when t.verdict = 'cannot_publish' then t.reasons[1] end as account_trouble,
       extract(epoch from clock_timestamp() - t.checked_at)::float8 as account_trouble_seconds,
       s.reason as stopped_because, s.has_ended as stop_has_ended
from kabar.post p
join kabar.draft d on d.id = p.draft_id
join kabar.draft_version v on v.draft_id = d.id and v.version = d.version
join kabar.package k on k.id = d.package_id
left join kabar.decision c on c.id = p.decision_id
left join kabar.account a on a.id = d.account_id
left join lateral (
    select c.verdict, c.reasons, c.checked_at from kabar.account_check c
    where c.account_id = a.id order by c.day desc limit 1
) t on true
-- When it came due first since its approval: a pause has moved `publish_at`, and must not carry it across a stop.
cross join lateral (
    select least(d.publish_at, (
        select min(e.at) from kabar.post_event e
        where e.post_id = p.id and e.at > c.decided_at
          and (e.to_state = 'sending' or starts_with(e.reason, 'waits for its account:')))) as came_due_at
) w
-- A stop that stands; or one that has ended, if the post had come due by then and nobody has approved it since.
left join lateral (
    select s.reason, e.ended_at <= clock_timestamp() as has_ended
    from kabar.stop s
    cross join lateral (select coalesce(least(s.lifted_at, s.ends_at), 'infinity') as ended_at) e
    where coalesce(s.calendar = k.calendar, true) and coalesce(s.stage = k.stage, true)
      and coalesce(s.province_code = d.province_code, true) and coalesce(s.satker_code = d.satker_code, true)
      and coalesce(s.channel = d.channel, true)
      and (e.ended_at > clock_timestamp() or w.came_due_at < e.ended_at and coalesce(c.decided_at < e.ended_at, true))
    order by has_ended, s.id
    limit 1
) s on true
where p.id = :post_id;

-- name: take_claim^
-- Take one post to *sending*. The caller commits before it talks to the platform.
with claimed as (
    update kabar.post p
    set state = 'sending', claim_number = p.claim_number + 1, sent_at = clock_timestamp(),
        lease_until = clock_timestamp() + make_interval(secs => :lease_seconds),
        changed_by = :worker, reason = 'claimed for sending'
    where p.id = :post_id and p.state = 'approved'
    returning p.*
)
select p.id as post_id, p.claim_number, p.sent_at, d.satker_code, d.channel, v.message, v.link, v.alt_text, v.hashtags,
       v.pictures, v.content_hash, a.external_id as account_external_id, a.connection,
       coalesce(case when p.handle_of = v.content_hash || '@' || a.external_id then p.handle end, '{}') as handle,
       coalesce((select t.verdict = 'cannot_publish' from kabar.account_check t
                 where t.account_id = a.id order by t.day desc limit 1), false) as account_was_blocked
from claimed p
join kabar.draft d on d.id = p.draft_id
join kabar.draft_version v on v.draft_id = d.id and v.version = d.version
join kabar.account a on a.id = d.account_id;

-- name: turn_down_claim!
-- Take an approved post to the state that explains why it may not go out.
update kabar.post
set state = :state, changed_by = :worker, reason = :reason,
    decision_id = case when :state = 'planned' then null else decision_id end
where id = :post_id and state = 'approved';

-- name: put_off!
-- Let an approved post wait before it is tried again.
with put_off as (
    update kabar.post set changed_by = :worker, reason = :reason where id = :post_id and state = 'approved'
    returning draft_id
)
update kabar.draft d
set publish_at = least(clock_timestamp() + make_interval(secs => :pause_seconds), d.not_after - interval '1 second')
from put_off w where d.id = w.draft_id;

-- name: claim_stands$
-- Whether this claim is still its worker's own, asked right before the call that creates.
select exists (
    select 1 from kabar.post
    where id = :post_id and claim_number = :claim_number and state = 'sending'
      and lease_until > clock_timestamp() + make_interval(secs => :margin_seconds));

-- name: record_handle!
-- Remember what lies prepared on the platform, and for which wording on which account.
update kabar.post set handle = :handle, handle_of = :handle_of
where id = :post_id and claim_number = :claim_number and state = 'sending';

-- name: give_back_claim!
-- Something stands against the post, seen right before the call: nothing was sent, and its time stays as it was.
update kabar.post set state = 'approved', lease_until = null, changed_by = :worker, reason = :reason
where id = :post_id and claim_number = :claim_number and state = 'sending';

-- name: record_published!
-- Save the platform's answer. Proof also settles a claim that was called unconfirmed meanwhile, or that a person
-- had answered with *it is not there*: otherwise the post would go out a second time.
update kabar.post
set state = 'published', platform_id = :platform_id, permalink = :permalink, published_at = :published_at,
    lease_until = null, changed_by = :worker, reason = :reason, evidence = evidence || :evidence::jsonb
where id = :post_id and claim_number = :claim_number and state not in ('published', 'withdrawn', 'corrected');

-- name: note_another_post!
-- Keep what the platform named for a claim that has been answered already, unless it is the same post.
update kabar.post
set changed_by = :worker, reason = :reason, evidence = evidence || :evidence::jsonb
where id = :post_id and platform_id is distinct from :platform_id;

-- name: record_outcome!
-- Save that the platform refused, or that nobody can tell. From here the platform's settle time counts.
update kabar.post
set state = :state, lease_until = clock_timestamp(), looks = 0, looked_at = null, changed_by = :worker, reason = :reason,
    evidence = evidence || :evidence::jsonb
where id = :post_id and claim_number = :claim_number and state in ('sending', 'unconfirmed');

-- name: release_claim!
-- Give an unsent claim back: the call provably had no effect, whatever its lapsed lease has made others believe.
-- It is not tried again before the pause is over.
with released as (
    update kabar.post
    set state = 'approved', lease_until = null, changed_by = :worker, reason = :reason
    where id = :post_id and claim_number = :claim_number and state in ('sending', 'unconfirmed')
    returning draft_id
)
update kabar.draft d
set publish_at = least(clock_timestamp() + make_interval(secs => :pause_seconds), d.not_after - interval '1 second')
from released r where d.id = r.draft_id;

-- name: doubt_lapsed_claims
-- A worker that is gone, or an officer who took a card, may have posted: its claims become questions, not second tries. The lease stays as the
-- time at which its call was over. Locked in the order of decisions, so that nobody deadlocks.
with lapsed as (
    select p.id, d.by_hand
    from kabar.post p join kabar.draft d on d.id = p.draft_id
    where p.state = 'sending' and p.lease_until <= clock_timestamp()
      and (:package_id::bigint is null or d.package_id = :package_id)
      and (:wave::text is null or d.wave = :wave)
    order by p.draft_id
    for update of p
)
update kabar.post p
set state = 'unconfirmed', looks = 0, looked_at = null, changed_by = :worker,
    reason = case when l.by_hand then 'the officer who took the card gave no answer in time'
                  else 'the worker that sent it gave no answer within its lease' end
from lapsed l
where p.id = l.id
returning p.id;

-- name: latest_lease$
-- Until when a worker may still be sending posts of this package; null when none is.
select max(p.lease_until) from kabar.post p join kabar.draft d on d.id = p.draft_id
where p.state = 'sending' and not d.by_hand and (:package_id::bigint is null or d.package_id = :package_id)
  and (:wave::text is null or d.wave = :wave);

-- name: list_unconfirmed
-- Questions that reading may settle, with what is needed to recognise the post.
select p.id as post_id, p.claim_number, p.sent_at, p.looks, p.looked_at, v.message, v.link, v.alt_text, v.hashtags,
       v.content_hash, d.satker_code, d.channel, a.external_id as account_external_id, a.connection,
       coalesce(case when p.handle_of = v.content_hash || '@' || a.external_id then p.handle end, '{}') as handle,
       coalesce((select min(e.at) from kabar.post_event e where e.post_id = p.id and e.to_state = 'sending'), p.sent_at)
           as first_sent_at,
       coalesce(p.lease_until, p.sent_at) as over_at,
       coalesce(kabar.rests_until(a, p.id, 0) > clock_timestamp(), false) as is_resting, clock_timestamp() as now
from kabar.post p
join kabar.draft d on d.id = p.draft_id
join kabar.draft_version v on v.draft_id = d.id and v.version = d.version
join kabar.account a on a.id = d.account_id
where p.state = 'unconfirmed' and not d.by_hand
  and (:package_id::bigint is null or d.package_id = :package_id)
  and (:wave::text is null or d.wave = :wave)
order by p.sent_at, p.id;

-- name: record_look!
-- Remember that the platform was read and the post was not there; two readers at the same time are one look.
update kabar.post
set looks = looks + 1, looked_at = clock_timestamp(), changed_by = :worker, reason = :reason,
    evidence = evidence || :evidence::jsonb
where id = :post_id and claim_number = :claim_number and state = 'unconfirmed' and looks = :looks;

-- name: list_unread
-- Published posts that nobody has read back yet.
select p.id as post_id, p.claim_number, p.platform_id, v.message, v.link, v.hashtags, a.external_id as account_external_id,
       a.connection, d.channel, coalesce(kabar.rests_until(a, p.id, 0) > clock_timestamp(), false) as is_resting
from kabar.post p
join kabar.draft d on d.id = p.draft_id
join kabar.draft_version v on v.draft_id = d.id and v.version = d.version
join kabar.account a on a.id = d.account_id
where p.state = 'published' and p.confirmed_at is null and not d.by_hand
  and (:package_id::bigint is null or d.package_id = :package_id)
  and (:wave::text is null or d.wave = :wave)
order by p.id;

-- name: record_seen!
-- The post stands on the platform as it was approved. Some platforms tell its address only to who reads it back.
with seen as (
    select p.id, f.permalink
    from unnest(:post_ids::bigint[], :permalinks::text[]) as f (id, permalink) join kabar.post p on p.id = f.id
    where p.state = 'published' order by p.draft_id for update of p
)
update kabar.post p
set confirmed_at = clock_timestamp(), missing_at = null, permalink = coalesce(p.permalink, s.permalink)
from seen s where p.id = s.id;

-- name: record_missing!
-- The platform was read and these posts were not there as they were approved; a person decides what that means.
update kabar.post set missing_at = clock_timestamp() where id = any(:post_ids) and state = 'published';

-- name: expire_posts$
-- What is past its not-after time will not be said any more. Locked in the order of decisions.
with past as (
    select p.id
    from kabar.post p join kabar.draft d on d.id = p.draft_id
    where p.state in ('planned', 'approved', 'held') and d.not_after <= clock_timestamp()
      and (:package_id::bigint is null or d.package_id = :package_id)
      and (:wave::text is null or d.wave = :wave)
    order by p.draft_id
    for update of p
), expired as (
    update kabar.post p
    set state = 'expired', changed_by = :worker,
        reason = case p.state when 'planned' then 'nobody decided before the not-after time'
                              else 'not sent before the not-after time' end
    from past
    where p.id = past.id
    returning 1
)
select count(*) from expired;

-- name: answer_unconfirmed_published!
-- A person saw the post on the platform. No machine will read back what was posted by hand.
update kabar.post p
set state = 'published', platform_id = :platform_id, permalink = :permalink, published_at = p.sent_at,
    confirmed_at = case when d.by_hand then clock_timestamp() end, changed_by = :officer, reason = :reason
from kabar.draft d
where d.id = p.draft_id and p.id = :post_id and p.claim_number = :claim_number and p.state = 'unconfirmed';

-- name: answer_unconfirmed_absent!
-- A person looked and it is not there: the approval stands, and the post may be sent again while it is worth saying.
update kabar.post p
set state = case when d.not_after > clock_timestamp() then 'approved' else 'expired' end,
    lease_until = null, changed_by = :officer, reason = :reason
from kabar.draft d
where d.id = p.draft_id and p.id = :post_id and p.claim_number = :claim_number and p.state = 'unconfirmed';

-- name: list_questions
-- Unconfirmed posts for the desk, with their evidence.
select p.id as post_id, p.claim_number, p.sent_at, p.lease_until, p.looks, p.looked_at, p.reason, p.evidence,
       coalesce(case when p.handle_of = v.content_hash || '@' || a.external_id then p.handle end, '{}') as handle,
       d.id as draft_id, d.package_id, d.satker_code, d.channel, d.by_hand, d.not_after, v.message, v.author, k.title,
       a.name as account_name, a.external_id as account_external_id, a.usage as account_usage,
       (select json_agg(json_build_object('at', e.at, 'to_state', e.to_state, 'changed_by', e.changed_by, 'reason', e.reason)
                        order by e.sequence)
        from kabar.post_event e
        where e.post_id = p.id
          and e.sequence >= (select min(f.sequence) from kabar.post_event f where f.post_id = p.id and f.to_state = 'sending')
       ) as steps
from kabar.post p
join kabar.draft d on d.id = p.draft_id
join kabar.draft_version v on v.draft_id = d.id and v.version = d.version
join kabar.package k on k.id = d.package_id
left join kabar.account a on a.id = d.account_id
where p.state = 'unconfirmed'
  and (:province::text is null or d.province_code = :province)
  and (:satker::text is null or d.satker_code = :satker)
order by p.sent_at, p.id;

-- name: read_question^
-- One unconfirmed post, for the person who answers it.
select p.id as post_id, p.claim_number, p.looks, d.id as draft_id, d.package_id, d.satker_code, d.channel, d.by_hand,
       a.external_id as account_external_id, d.not_after, v.author,
       d.not_after <= clock_timestamp() as is_too_late
from kabar.post p
join kabar.draft d on d.id = p.draft_id
join kabar.draft_version v on v.draft_id = d.id and v.version = d.version
left join kabar.account a on a.id = d.account_id
where p.id = :post_id and p.state = 'unconfirmed';

-- name: list_unsent
-- Posts that did not go out at their time, the latest first: held for a decision, or dead. Counted as a whole, listed in part.
select p.id as post_id, d.id as draft_id, d.satker_code, d.channel, d.publish_at, d.not_after, k.title, k.rehearsal_id, p.state,
       p.reason, count(*) over () as many
from kabar.post p
join kabar.draft d on d.id = p.draft_id
join kabar.package k on k.id = d.package_id
where p.state = :state
  and (:province::text is null or d.province_code = :province)
  and (:satker::text is null or d.satker_code = :satker)
order by d.publish_at desc, p.id
limit :at_most;

-- name: list_events
-- The history of one post, oldest first.
select from_state, to_state, claim_number, changed_by, reason, at from kabar.post_event where post_id = :post_id order by sequence;

-- name: return_to_review!
-- An edited draft needs a new decision.
update kabar.post set state = 'planned', decision_id = null, changed_by = :officer, reason = :reason
where draft_id = :draft_id and state in ('planned', 'approved', 'refused', 'held');

-- name: list_connections
-- Behind which connections the accounts of a package's drafts are.
select distinct d.channel, a.connection
from kabar.draft d join kabar.account a on a.id = d.account_id
where not d.by_hand and (:package_id::bigint is null or d.package_id = :package_id)
order by d.channel, a.connection;

-- name: list_senders
-- Which workers hold a claim in a package now.
select distinct p.changed_by from kabar.post p join kabar.draft d on d.id = p.draft_id
where p.state = 'sending' and not d.by_hand and d.package_id = :package_id order by p.changed_by;

-- name: list_published_since
-- Posts of the last hours, to be looked for a second time; of one package, or of all.
select p.id as post_id, p.platform_id, v.message, v.link, v.hashtags, a.external_id as account_external_id, a.connection,
       d.channel, coalesce(kabar.rests_until(a, p.id, 0) > clock_timestamp(), false) as is_resting,
       coalesce((select min(e.at) from kabar.post_event e where e.post_id = p.id and e.to_state = 'sending'),
                p.sent_at, p.published_at) as first_sent_at
from kabar.post p
join kabar.draft d on d.id = p.draft_id
join kabar.draft_version v on v.draft_id = d.id and v.version = d.version
join kabar.account a on a.id = d.account_id
where p.state = 'published' and not d.by_hand and p.published_at > clock_timestamp() - make_interval(secs => :hours * 3600)
  and (:package_id::bigint is null or d.package_id = :package_id)
order by p.published_at, p.id;

-- name: note_copies!
-- Keep every copy of a post that was seen, once: the same copies again change nothing.
update kabar.post p
set changed_by = :worker, evidence = p.evidence || :evidence::jsonb,
    reason = concat('it stands ', jsonb_array_length(:evidence::jsonb), ' times: a person must look')
where p.id = :post_id and p.state = 'published'
  and exists (select 1 from jsonb_array_elements(:evidence::jsonb) n
              where not exists (select 1 from jsonb_array_elements(p.evidence) e where e ->> 'id' = n ->> 'id'));
