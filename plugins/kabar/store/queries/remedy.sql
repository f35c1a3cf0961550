-- name: list_standing
-- Posts that stand or stood on a platform, newest first, with what is under way for each; `total` counts all pages.
select p.id as post_id, p.draft_id, p.state, p.platform_id, p.permalink, p.published_at, p.confirmed_at, p.missing_at,
       p.reason, d.package_id, d.satker_code, d.province_code, d.channel, v.message, v.hashtags, v.template,
       k.title, k.calendar, k.stage, k.rehearsal_id, a.name as account_name,
       w.id as withdrawal_id, w.state as withdrawal_state, w.said, w.attempts,
       c.draft_id as correction_draft_id, cp.state as correction_state, o.post_id as corrects_post_id,
       count(*) over () as total
from kabar.post p
join kabar.draft d on d.id = p.draft_id
join kabar.draft_version v on v.draft_id = d.id and v.version = d.version
join kabar.package k on k.id = d.package_id
left join kabar.account a on a.id = d.account_id
left join lateral (select * from kabar.withdrawal w where w.post_id = p.id order by w.id desc limit 1) w on true
left join lateral (select * from kabar.correction c where c.post_id = p.id order by c.draft_id desc limit 1) c on true
left join kabar.post cp on cp.draft_id = c.draft_id
left join kabar.correction o on o.draft_id = d.id
where p.state = any(:states)
  and (:province::text is null or d.province_code = :province)
  and (:satker::text is null or d.satker_code = :satker)
  and (:calendar::text is null or k.calendar = :calendar)
  and (:stage::text is null or k.stage = :stage)
  and (:package_id::bigint is null or d.package_id = :package_id)
  and (:fact::text is null or v.facts ->> :fact = :value)
  and (:template_hash::text is null or v.template_hash = :template_hash)
  and (:post_ids::bigint[] is null or p.id = any(:post_ids))
  and (:is_missing::boolean is null or (p.missing_at is not null and p.state = 'published') = :is_missing)
order by p.published_at desc nulls last, p.id desc
limit :at_most offset :from_row;

-- name: list_stages_standing
-- Stages with posts that stand, for the choice of one.
select k.calendar, k.stage, count(*) as posts
from kabar.post p
join kabar.draft d on d.id = p.draft_id
join kabar.package k on k.id = d.package_id
where p.state in ('published', 'corrected')
  and (:province::text is null or d.province_code = :province)
  and (:satker::text is null or d.satker_code = :satker)
group by k.calendar, k.stage
order by max(p.published_at) desc nulls last;

-- name: list_fact_values
-- What standing posts say of one fact, and how many say it.
select v.facts ->> :fact as value, count(*) as posts
from kabar.post p
join kabar.draft d on d.id = p.draft_id
join kabar.draft_version v on v.draft_id = d.id and v.version = d.version
where p.state in ('published', 'corrected') and coalesce(v.facts ->> :fact, '') <> ''
  and (:province::text is null or d.province_code = :province)
  and (:satker::text is null or d.satker_code = :satker)
group by 1
order by 2 desc, 1;

-- name: list_templates_standing
-- By which version of which template standing posts were written, and how many.
select v.template, v.template_hash, count(*) as posts, max(p.published_at) as last_at
from kabar.post p
join kabar.draft d on d.id = p.draft_id
join kabar.draft_version v on v.draft_id = d.id and v.version = d.version
where p.state in ('published', 'corrected')
  and (:province::text is null or d.province_code = :province)
  and (:satker::text is null or d.satker_code = :satker)
group by v.template, v.template_hash
order by last_at desc nulls last;

-- name: lock_posts
-- Lock posts against withdrawals and other decisions, in the order of decisions.
select p.id from kabar.post p where p.id = any(:post_ids) order by p.draft_id for update;

-- name: read_for_remedy
-- What a decision about standing posts must know of each, read after the lock.
select p.id as post_id, p.state, p.published_at, d.package_id, d.satker_code, d.province_code, d.channel, d.by_hand,
       d.account_id, d.wave, d.says_at, v.facts, k.calendar, k.calendar_version, k.stage, k.tonggak, k.title, k.rehearsal_id,
       exists (select 1 from kabar.withdrawal w where w.post_id = p.id and w.state <> 'done') as is_under_way,
       exists (select 1 from kabar.correction c join kabar.post n on n.draft_id = c.draft_id
               where c.post_id = p.id and n.state not in ('refused', 'expired', 'withdrawn')) as has_correction
from kabar.post p
join kabar.draft d on d.id = p.draft_id
join kabar.draft_version v on v.draft_id = d.id and v.version = d.version
join kabar.package k on k.id = d.package_id
where p.id = any(:post_ids)
order by p.draft_id;

-- name: remedy_of_request$
-- The decision that a form has made already.
select id from kabar.remedy where request_key = :request_key;

-- name: record_remedy$
-- Append a decision; nothing comes back when the same form was faster.
insert into kabar.remedy (action, reason, wrong, truth, chosen_by, officer, officer_scope, request_key)
values (:action, :reason, :wrong, :truth, :chosen_by, :officer, :officer_scope, :request_key)
on conflict (request_key) do nothing
returning id;

-- name: add_withdrawals!
-- The posts that a decision takes down, due at once.
insert into kabar.withdrawal (remedy_id, post_id) select :remedy_id, unnest(:post_ids::bigint[]);

-- name: add_corrections!
-- Which post each draft of a package corrects.
insert into kabar.correction (draft_id, post_id, remedy_id)
select d.id, t.post_id, :remedy_id
from unnest(:codes::text[], :channels::text[], :post_ids::bigint[]) as t (satker_code, channel, post_id)
join kabar.draft d on d.package_id = :package_id and d.satker_code = t.satker_code and d.channel = t.channel;

-- name: announce
-- Wake whoever takes down and corrects, when the transaction commits.
select pg_notify('kabar_decision', 'remedy');

-- name: list_remedies
-- The newest decisions that concern a scope, with how far each has come within it and how long it took.
select r.id, r.action, r.reason, r.wrong, r.truth, r.chosen_by, r.officer, r.decided_at,
       count(w.id) as withdrawals,
       count(w.id) filter (where w.state = 'done') as withdrawn,
       count(w.id) filter (where w.state = 'manual') as manual,
       max(w.finished_at) filter (where w.state = 'done') as last_withdrawn_at,
       count(c.draft_id) as corrections,
       count(c.draft_id) filter (where n.state = 'planned') as corrections_waiting,
       count(c.draft_id) filter (where n.state = 'published') as corrections_published,
       max(n.published_at) filter (where n.state = 'published') as last_corrected_at
from kabar.remedy r
join (select remedy_id, post_id from kabar.withdrawal union select remedy_id, post_id from kabar.correction) t
    on t.remedy_id = r.id
join kabar.post p on p.id = t.post_id
join kabar.draft d on d.id = p.draft_id
left join kabar.withdrawal w on w.remedy_id = r.id and w.post_id = t.post_id
left join kabar.correction c on c.remedy_id = r.id and c.post_id = t.post_id
left join kabar.post n on n.draft_id = c.draft_id
where (:province::text is null or d.province_code = :province)
  and (:satker::text is null or d.satker_code = :satker)
group by r.id
order by r.id desc
limit :at_most;

-- name: list_due_withdrawals
-- What is to be taken down now in one kind of ledger, oldest first; work that was left behind is among it.
select w.id
from kabar.withdrawal w
join kabar.post p on p.id = w.post_id
join kabar.draft d on d.id = p.draft_id
join kabar.package k on k.id = d.package_id
where w.state in ('waiting', 'working') and w.due_at <= clock_timestamp()
  and (k.rehearsal_id is not null) = :is_rehearsal
order by w.id;

-- name: list_withdrawal_connections
-- The channels and connections that lead to what is to be taken down now.
select distinct d.channel, a.connection, k.rehearsal_id is not null as is_rehearsal
from kabar.withdrawal w
join kabar.post p on p.id = w.post_id
join kabar.draft d on d.id = p.draft_id
join kabar.package k on k.id = d.package_id
join kabar.account a on a.id = d.account_id
where w.state in ('waiting', 'working') and w.due_at <= clock_timestamp()
order by 1, 2, 3;

-- name: take_withdrawal^
-- Take one turn at a withdrawal; nobody else takes it before the turn is over.
with taken as (
    update kabar.withdrawal
    set state = 'working', attempts = attempts + 1,
        due_at = clock_timestamp() + make_interval(secs => :turn_seconds)
    where id = :withdrawal_id and state in ('waiting', 'working') and due_at <= clock_timestamp()
    returning *
)
select t.id as withdrawal_id, t.attempts, p.id as post_id, p.platform_id, d.channel, a.external_id as account_external_id,
       a.connection, v.message, v.link, v.hashtags
from taken t
join kabar.post p on p.id = t.post_id
join kabar.draft d on d.id = p.draft_id
join kabar.draft_version v on v.draft_id = d.id and v.version = d.version
join kabar.account a on a.id = d.account_id;

-- name: finish_withdrawal!
-- The post is gone: proven by the platform, or said by a person who took it down by hand.
with finished as (
    update kabar.withdrawal
    set state = 'done', said = :said, finished_at = clock_timestamp(), finished_by = :finished_by
    where id = :withdrawal_id and state <> 'done'
    returning post_id, remedy_id
)
update kabar.post p
set state = 'withdrawn', changed_by = coalesce(:person, r.officer), reason = 'withdrawn: ' || r.reason,
    evidence = p.evidence || :evidence::jsonb
from finished f join kabar.remedy r on r.id = f.remedy_id
where p.id = f.post_id and p.state in ('published', 'corrected');

-- name: put_off_withdrawal!
-- End a turn without an end of the work: it is due again later, or a person's.
update kabar.withdrawal
set state = :state, said = :said, due_at = clock_timestamp() + make_interval(secs => :pause_seconds)
where id = :withdrawal_id and attempts = :attempts and state = 'working';

-- name: list_manual
-- What a person has to take down by hand, oldest first.
select w.id as withdrawal_id, w.said, w.attempts, r.reason, r.decided_at, p.id as post_id, p.draft_id, p.permalink,
       p.platform_id, d.satker_code, d.channel, k.title, a.name as account_name
from kabar.withdrawal w
join kabar.remedy r on r.id = w.remedy_id
join kabar.post p on p.id = w.post_id
join kabar.draft d on d.id = p.draft_id
join kabar.package k on k.id = d.package_id
left join kabar.account a on a.id = d.account_id
where w.state = 'manual'
  and (:province::text is null or d.province_code = :province)
  and (:satker::text is null or d.satker_code = :satker)
order by w.id;

-- name: read_manual^
-- One withdrawal that a person does by hand, locked until the transaction ends.
select w.id as withdrawal_id, d.satker_code
from kabar.withdrawal w
join kabar.post p on p.id = w.post_id
join kabar.draft d on d.id = p.draft_id
where w.id = :withdrawal_id and w.state = 'manual'
for update of w;

-- name: ask_the_machine_again!
-- Let the machine try once more what it had left to a person.
update kabar.withdrawal set state = 'waiting', attempts = 0, due_at = clock_timestamp(), said = ''
where id = :withdrawal_id and state = 'manual';

-- name: mark_corrected$
-- A post whose correction stands is corrected. Locked in the order of decisions.
with told as (
    select p.id, (select min(n.id) from kabar.correction c join kabar.post n on n.draft_id = c.draft_id
                  where c.post_id = p.id and n.state = 'published') as by_id
    from kabar.post p
    where p.state = 'published' and exists (
        select 1 from kabar.correction c join kabar.post n on n.draft_id = c.draft_id
        where c.post_id = p.id and n.state = 'published')
    order by p.draft_id
    for update of p
), corrected as (
    update kabar.post p set state = 'corrected', changed_by = :worker, reason = 'corrected by the post kt' || t.by_id
    from told t where p.id = t.id
    returning 1
)
select count(*) from corrected;

-- name: list_due_corrections
-- Packages of corrections in which something is to be sent now.
select distinct d.package_id
from kabar.correction c
join kabar.draft d on d.id = c.draft_id
join kabar.post p on p.draft_id = d.id
left join kabar.account a on a.id = d.account_id
where p.state = 'approved' and not d.by_hand and d.not_after > clock_timestamp()
  and greatest(d.publish_at, kabar.rests_until(a, p.id, :account_gap_seconds::double precision)) <= clock_timestamp()
order by d.package_id;

-- name: aftermath_standing^
-- What is to be done about standing posts now, and when something will be. Whoever rests is not asked before the end.
with correction as (
    select greatest(d.publish_at, kabar.rests_until(a, p.id, :account_gap_seconds::double precision)) as due_at
    from kabar.correction c
    join kabar.draft d on d.id = c.draft_id
    join kabar.post p on p.draft_id = d.id
    left join kabar.account a on a.id = d.account_id
    where p.state = 'approved' and not d.by_hand and d.not_after > clock_timestamp()
)
select (select count(*) from kabar.withdrawal
        where state in ('waiting', 'working') and due_at <= clock_timestamp()) as withdrawals,
       (select count(*) from correction where due_at <= clock_timestamp()) as corrections,
       (select count(*) from kabar.correction c join kabar.post n on n.draft_id = c.draft_id
        join kabar.post p on p.id = c.post_id where n.state = 'published' and p.state = 'published') as marks,
       least((select min(due_at) from kabar.withdrawal where state in ('waiting', 'working')),
             (select min(due_at) from correction where due_at > clock_timestamp())) as next_at,
       clock_timestamp() as now;
