-- name: open_rehearsal$
-- Remember that a real stage is played as if it were another moment.
insert into kabar.rehearsal (calendar, stage, tonggak, as_if_at, first_wave_at, gap_seconds, late_delay_seconds, dag_id, run_id)
values (:calendar, :stage, :tonggak, :as_if_at, :first_wave_at, :gap_seconds, :late_delay_seconds, :dag_id, :run_id)
returning id;

-- name: read_rehearsal^
-- One rehearsal.
select * from kabar.rehearsal where id = :rehearsal_id;

-- name: rehearsal_of_run$
-- The rehearsal that a run has opened, so that a cleared run goes on with it.
select id from kabar.rehearsal where dag_id = :dag_id and run_id = :run_id;

-- name: package_of_run$
-- The package that a run works on.
select id from kabar.package where dag_id = :dag_id and run_id = :run_id order by id desc limit 1;

-- name: open_package$
-- Find or make the package of one tonggak in one ledger. A run that is started again keeps the package and
-- the calendar version of its drafts.
insert into kabar.package (rehearsal_id, calendar, calendar_version, stage, tonggak, kind, title, late_delay_seconds, dag_id, run_id)
values (:rehearsal_id, :calendar, :calendar_version, :stage, :tonggak, :kind, :title, :late_delay_seconds, :dag_id, :run_id)
on conflict (calendar, stage, tonggak, rehearsal_id) do update set dag_id = excluded.dag_id, run_id = excluded.run_id
returning id;

-- name: read_package^
-- One package.
select * from kabar.package where id = :package_id;

-- name: list_packages
-- Every package with the number of its drafts in each state, newest first, for the satker in scope.
select k.id, k.rehearsal_id, k.calendar, k.stage, k.tonggak, k.kind, k.title, k.dag_id, k.run_id, k.created_at,
       min(d.publish_at) as first_publish_at, max(d.not_after) as last_not_after,
       count(*) as drafts,
       count(*) filter (where p.state = 'planned') as waiting,
       count(*) filter (where p.state = 'approved') as approved,
       count(*) filter (where p.state = 'sending') as sending,
       count(*) filter (where p.state = 'published') as published,
       count(*) filter (where p.state = 'unconfirmed') as unconfirmed,
       count(*) filter (where p.state = 'refused') as refused,
       count(*) filter (where p.state = 'held') as held,
       count(*) filter (where p.state = 'expired') as expired,
       count(*) filter (where p.state in ('withdrawn', 'corrected')) as withdrawn
from kabar.package k
join kabar.draft d on d.package_id = k.id
join kabar.post p on p.draft_id = d.id
where (:province::text is null or d.province_code = :province)
  and (:satker::text is null or d.satker_code = :satker)
group by k.id
order by k.created_at desc, k.id desc;

-- name: count_package
-- How many posts of a package are in each state.
select p.state, count(*) as posts
from kabar.post p join kabar.draft d on d.id = p.draft_id
where d.package_id = :package_id
group by p.state;

-- name: list_unsettled_packages
-- Packages in which something is due, in doubt or past its time; what only a person can do is left to the person.
select distinct d.package_id
from kabar.draft d join kabar.post p on p.draft_id = d.id
where p.state = 'sending' and p.lease_until <= clock_timestamp()
   or p.state in ('planned', 'approved', 'held') and d.not_after <= clock_timestamp()
   or not d.by_hand and (p.state = 'unconfirmed'
                         or p.state = 'approved' and d.publish_at <= clock_timestamp()
                         or p.state = 'published' and p.confirmed_at is null)
order by d.package_id;

-- name: count_open_cards$
-- How many cards of a package a person may still post by hand.
select count(*)
from kabar.draft d join kabar.post p on p.draft_id = d.id
where d.package_id = :package_id and d.by_hand and p.state in ('approved', 'sending', 'unconfirmed')
  and d.not_after > clock_timestamp();

-- name: decided_at_by_wave
-- When the last decision of each wave was made that came before the wave's time.
select d.wave, max(c.decided_at) as decided_at
from kabar.draft d join kabar.decision c on c.draft_id = d.id
where d.package_id = :package_id
group by d.wave;

-- name: seconds_to_first_claim$
-- How long after its time the first post of the slowest wave was claimed.
select extract(epoch from max(late))::float8
from (
    select min(p.sent_at - d.publish_at) as late
    from kabar.draft d join kabar.post p on p.draft_id = d.id
    where d.package_id = :package_id and p.sent_at is not null
    group by d.wave
) wave;

-- name: ledger_of_package
-- Where each post of a package should stand, for a count that compares it with the platform's own.
select p.id as post_id, p.state, p.confirmed_at, d.satker_code, d.province_code, d.channel, d.by_hand,
       a.external_id as account_external_id, v.message, v.hashtags
from kabar.draft d
join kabar.draft_version v on v.draft_id = d.id and v.version = d.version
join kabar.post p on p.draft_id = d.id
left join kabar.account a on a.id = d.account_id
where d.package_id = :package_id
order by p.id;

-- name: list_doubles
-- Posts for which the platform has named more than one post, in answers or in readings.
select p.id
from kabar.post p join kabar.draft d on d.id = p.draft_id
where d.package_id = :package_id
  and (select count(distinct e ->> 'id') from jsonb_array_elements(p.evidence) as e) > 1
order by p.id;

-- name: list_real_packages
-- Everything that was ever drafted outside rehearsals.
select calendar, stage, tonggak from kabar.package where rehearsal_id is null;

-- name: list_recent_packages
-- Packages of which something was published in the last hours.
select distinct d.package_id
from kabar.draft d join kabar.post p on p.draft_id = d.id
where p.state = 'published' and p.published_at > clock_timestamp() - make_interval(secs => :hours * 3600)
order by d.package_id;
