-- name: list_cards
-- Manual cards in a scope that somebody may still have to do something about, the most pressing first. A card that is
-- not due is shown a day ahead.
select d.id as draft_id, p.id as post_id, d.satker_code, d.channel, d.publish_at, d.not_after,
       d.publish_at <= clock_timestamp() as is_due, p.state, p.reason, p.lease_until, k.title, k.rehearsal_id,
       a.name as account_name,
       (select e.changed_by from kabar.post_event e
        where e.post_id = p.id and e.to_state = 'sending' and e.from_state = 'approved'
        order by e.sequence desc limit 1) as taken_by
from kabar.post p
join kabar.draft d on d.id = p.draft_id
join kabar.package k on k.id = d.package_id
left join kabar.account a on a.id = d.account_id
where d.by_hand
  and (p.state in ('sending', 'unconfirmed')
       or p.state in ('approved', 'held') and d.not_after > clock_timestamp()
          and d.publish_at < clock_timestamp() + interval '1 day')
  and (:province::text is null or d.province_code = :province)
  and (:satker::text is null or d.satker_code = :satker)
order by p.state = 'unconfirmed' desc, d.publish_at > clock_timestamp(), d.not_after, d.id
limit :at_most;

-- name: list_finished_cards
-- Manual cards of the last days that are posted or died, the latest first.
select d.id as draft_id, d.satker_code, d.channel, d.not_after, p.state, p.reason, p.permalink, p.published_at, k.title,
       k.rehearsal_id
from kabar.post p
join kabar.draft d on d.id = p.draft_id
join kabar.package k on k.id = d.package_id
where d.by_hand and p.state in ('published', 'expired') and d.publish_at > clock_timestamp() - interval '7 days'
  and (:province::text is null or d.province_code = :province)
  and (:satker::text is null or d.satker_code = :satker)
order by coalesce(p.published_at, d.not_after) desc, d.id desc
limit :at_most;

-- name: count_open_cards$
-- How many manual cards of a scope can be posted now or are in doubt.
select count(*)
from kabar.post p join kabar.draft d on d.id = p.draft_id
where d.by_hand
  and (p.state = 'unconfirmed' or p.state in ('approved', 'sending')
       and d.publish_at <= clock_timestamp() and d.not_after > clock_timestamp())
  and (:province::text is null or d.province_code = :province)
  and (:satker::text is null or d.satker_code = :satker);

-- name: read_card^
-- One manual card with everything that its page shows.
select d.id as draft_id, p.id as post_id, d.package_id, d.satker_code, d.channel, d.publish_at, d.not_after, d.says_at,
       d.publish_at <= clock_timestamp() as is_due, d.not_after <= clock_timestamp() as is_too_late,
       p.state, p.reason, p.claim_number, p.lease_until, p.permalink, p.published_at,
       v.message, v.link, v.alt_text, v.hashtags, v.pictures, k.title, k.rehearsal_id,
       a.name as account_name, a.external_id as account_external_id,
       (select e.changed_by from kabar.post_event e
        where e.post_id = p.id and e.to_state = 'sending' and e.from_state = 'approved'
        order by e.sequence desc limit 1) as taken_by
from kabar.post p
join kabar.draft d on d.id = p.draft_id
join kabar.draft_version v on v.draft_id = d.id and v.version = d.version
join kabar.package k on k.id = d.package_id
left join kabar.account a on a.id = d.account_id
where d.id = :draft_id and d.by_hand;

-- name: take_card!
-- Put an approved card into one officer's hand, so that nobody else posts it as well; never for longer than its words
-- are true.
update kabar.post p
set state = 'sending', claim_number = p.claim_number + 1, sent_at = clock_timestamp(),
    lease_until = least(clock_timestamp() + make_interval(secs => :lease_seconds), d.not_after),
    changed_by = :officer, reason = 'taken to be posted by hand'
from kabar.draft d
where d.id = p.draft_id and d.by_hand and p.id = :post_id and p.state = 'approved';

-- name: give_back_card!
-- The officer has not posted it: the approval stands.
update kabar.post set state = 'approved', lease_until = null, changed_by = :officer, reason = 'given back, not posted'
where id = :post_id and claim_number = :claim_number and state = 'sending';

-- name: lock_link
-- Let two officers who paste the same link come one after the other.
select pg_advisory_xact_lock(hashtextextended('kabar link ' || :channel || ' ' || :platform_id, 0));

-- name: whose_link$
-- The draft to which a link was given already; null when it is new.
select d.id from kabar.post p join kabar.draft d on d.id = p.draft_id
where d.by_hand and d.channel = :channel and p.platform_id = :platform_id and p.id <> :post_id
order by d.id limit 1;

-- name: record_by_hand!
-- An officer has posted the card and named its link. What citizens see stands above a stop, a lapse or the clock. Nobody
-- can read it back, so the officer's word is all the proof.
update kabar.post
set state = 'published', platform_id = :platform_id, permalink = :permalink, published_at = clock_timestamp(),
    confirmed_at = clock_timestamp(), lease_until = null, changed_by = :officer, reason = 'posted by hand',
    evidence = evidence || :evidence::jsonb
where id = :post_id and state in ('approved', 'sending', 'unconfirmed', 'held', 'expired');
