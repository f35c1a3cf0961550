-- name: list_outdated
-- How many drafts of each calendar and package do not agree with the version that stands in `include/` now, and have
-- not been found gone or wrong by an amendment to it. What is over (expired, withdrawn) is left out.
select k.id as package_id, k.calendar, k.title, array_agg(distinct d.calendar_version) as versions, count(*) as drafts
from unnest(:calendars::text[], :versions::integer[]) as present (calendar, version)
join kabar.package k using (calendar)
join kabar.draft d on d.package_id = k.id and d.calendar_version <> present.version
join kabar.post p on p.draft_id = d.id and p.state not in ('expired', 'withdrawn')
where not exists (
    select 1 from kabar.amendment_draft i join kabar.amendment a on a.id = i.amendment_id
    where i.draft_id = d.id and a.calendar = k.calendar and a.to_version = present.version
      and i.effect in ('gone', 'wrong', 'wrong_and_gone'))
group by k.id
order by k.id;

-- name: lock_amendments
-- One amendment at a time: the second finds what the first has left.
select pg_advisory_xact_lock(hashtextextended('kabar.amendment', 0));

-- name: lock_packages
-- Lock every post of some packages against claims, edits and decisions, in their order.
select p.id from kabar.post p join kabar.draft d on d.id = p.draft_id
where d.package_id = any(:package_ids)
order by p.draft_id
for update of p;

-- name: list_drafted
-- Every draft of some packages as it stands.
select d.id as draft_id, d.package_id, d.satker_code, d.channel, d.calendar_version, p.state, d.says_at, d.not_after,
       v.message, v.facts, v.findings, v.content_hash, v.author
from kabar.draft d
join kabar.draft_version v on v.draft_id = d.id and v.version = d.version
join kabar.post p on p.draft_id = d.id
where d.package_id = any(:package_ids)
order by d.id;

-- name: find_amendment^
-- What a request has decided before.
select * from kabar.amendment where request_key = :request_key;

-- name: read_amendment^
-- One decision.
select * from kabar.amendment where id = :amendment_id;

-- name: list_amendments
-- Every decision about a calendar, newest first.
select * from kabar.amendment where calendar = :calendar order by id desc;

-- name: add_amendment$
-- Remember who applied which file.
insert into kabar.amendment (calendar, from_versions, to_version, file_hash, officer, officer_scope, request_key, kept)
values (:calendar, :from_versions, :to_version, :file_hash, :officer, :officer_scope, :request_key, :kept)
returning id;

-- name: make_amending#
-- What becomes of each draft, with its times and words of today where it gets any.
create temporary table amending (
    draft_id bigint, effect text, changes jsonb, says_at timestamptz, publish_at timestamptz, not_after timestamptz,
    message text, link text, alt_text text, hashtags text[], facts jsonb, template text, template_hash text,
    findings jsonb, content_hash text, pictures text[]
) on commit drop;

-- name: add_effects!
-- Remember what was done to each draft, or found of it.
insert into kabar.amendment_draft (amendment_id, draft_id, effect, changes)
select :amendment_id, draft_id, effect, changes from amending where effect <> 'kept';

-- name: agree!
-- What agrees with the calendar now may be claimed again; what is gone or wrong keeps its old version and may not.
update kabar.draft d set calendar_version = :version
from amending a where a.draft_id = d.id and a.effect in ('kept', 'moved', 'reworded');

-- name: word_anew!
-- The words of today.
insert into kabar.draft_version (draft_id, version, author, message, link, alt_text, hashtags, facts, template,
                                 template_hash, findings, content_hash, pictures)
select d.id, d.version + 1, :author, a.message, a.link, a.alt_text, a.hashtags, a.facts, a.template, a.template_hash,
       a.findings, a.content_hash, a.pictures
from amending a join kabar.draft d on d.id = a.draft_id
where a.effect in ('moved', 'reworded');

-- name: move!
-- The times of today.
update kabar.draft d
set version = d.version + 1, says_at = a.says_at, publish_at = a.publish_at, not_after = a.not_after
from amending a where a.draft_id = d.id and a.effect in ('moved', 'reworded');

-- name: return_to_review!
-- Other words or times need another decision.
update kabar.post p set state = 'planned', decision_id = null, changed_by = :officer, reason = :reason
from amending a
where a.draft_id = p.draft_id and a.effect in ('moved', 'reworded')
  and p.state in ('planned', 'approved', 'refused', 'held');

-- name: take_off!
-- What is not owed any more: an approval is held, what waits for a decision has got one.
update kabar.post p
set state = case p.state when 'planned' then 'refused' when 'approved' then 'held' else p.state end,
    changed_by = :officer, reason = :reason
from amending a
where a.draft_id = p.draft_id and a.effect = 'gone' and p.state in ('planned', 'approved', 'refused', 'held');

-- name: agree_package!
-- Drafts that a run adds later begin with this version.
update kabar.package set calendar_version = :version where id = any(:package_ids);

-- name: active_accounts
-- The account of each satker and channel for real posts or for rehearsals.
select satker_code, channel, max(id) as id from kabar.account
where is_active and usage = :usage
group by satker_code, channel;

-- name: add_new_effects!
-- Drafts that the amended calendar asks for and that were not there.
insert into kabar.amendment_draft (amendment_id, draft_id, effect, changes)
select :amendment_id, d.id, 'added', '[]'
from kabar.draft d
where d.package_id = any(:package_ids) and d.id > :last_draft_id;

-- name: last_draft$
-- The newest draft there is.
select coalesce(max(id), 0) from kabar.draft;

-- name: count_effects
-- What an amendment did, by effect.
select effect, count(*) as drafts from kabar.amendment_draft where amendment_id = :amendment_id group by effect;

-- name: list_wrong
-- Posts that an amendment has found wrong and that still stand, or may: someone corrects or withdraws them.
select distinct on (d.id) d.id as draft_id, p.id as post_id, d.satker_code, d.channel, k.id as package_id, k.title, p.state,
       p.permalink, i.effect, i.changes, a.id as amendment_id
from kabar.amendment_draft i
join kabar.amendment a on a.id = i.amendment_id
join kabar.draft d on d.id = i.draft_id
join kabar.package k on k.id = d.package_id
join kabar.post p on p.draft_id = d.id
where i.effect in ('wrong', 'wrong_and_gone') and a.calendar = :calendar
  and p.state in ('sending', 'unconfirmed', 'published')
  and (:province::text is null or d.province_code = :province) and (:satker::text is null or d.satker_code = :satker)
order by d.id, a.id desc;
