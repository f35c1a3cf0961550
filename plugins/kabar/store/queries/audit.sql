-- name: hold_still!
-- Let the whole verification see one moment, and change nothing.
set transaction isolation level repeatable read, read only;

-- name: ask_the_time$
-- The database's clock, on which the events' times are.
select clock_timestamp();

-- name: list_heads
-- Every draft and its post, by draft.
select d.id as draft_id, p.id as post_id, d.version, coalesce(p.state, '') as state,
       coalesce(p.changed_by, '') as changed_by, coalesce(p.reason, '') as reason,
       coalesce(p.claim_number, 0) as claim_number, p.platform_id,
       case when p.decision_id is null then 0 else c.sequence end as decided,
       coalesce(p.history_length, 0) as history_length, coalesce(p.history_hash, '') as history_hash
from kabar.draft d
left join kabar.post p on p.draft_id = d.id
left join kabar.decision c on c.id = p.decision_id and c.draft_id = d.id
order by d.id;

-- name: list_events
-- Every event in its place in the chain, with the text that its hash is taken over. The array is spelt out here, not
-- taken from the schema's function, so that a function that was replaced cannot hide anything.
select p.draft_id, e.sequence as number, e.at, e.previous_hash, e.hash,
       jsonb_build_array(
           e.previous_hash, e.post_id, e.sequence, e.from_state, e.to_state, e.claim_number, e.changed_by, e.reason,
           e.platform_id, e.decided, e.decided_hash, e.worded, e.worded_hash, (extract(epoch from e.at) * 1000000)::bigint
       )::text as told,
       e.from_state, e.to_state, e.changed_by, e.reason, e.claim_number, e.platform_id, e.decided, e.decided_hash,
       e.worded, e.worded_hash
from kabar.post_event e
join kabar.post p on p.id = e.post_id
order by p.draft_id, e.sequence, e.id;

-- name: list_decisions
-- Every decision in its place in the chain, with the text that its hash is taken over.
select c.draft_id, c.sequence as number, c.decided_at as at, c.previous_hash, c.hash,
       jsonb_build_array(
           c.previous_hash, c.id, c.draft_id, c.sequence, c.content_hash, c.verdict, c.reason, c.officer, c.officer_scope,
           c.request_key, (extract(epoch from c.decided_at) * 1000000)::bigint
       )::text as told
from kabar.decision c
order by c.draft_id, c.sequence, c.id;

-- name: list_wordings
-- Every wording in its place in the chain, with the text that its hash is taken over.
select v.draft_id, v.version as number, v.created_at as at, v.previous_hash, v.hash,
       (jsonb_build_array(
           v.previous_hash, v.draft_id, v.version, v.author, v.message, v.link, v.alt_text, v.hashtags, v.facts, v.template,
           v.template_hash, v.findings, v.content_hash, (extract(epoch from v.created_at) * 1000000)::bigint
       ) || case when v.pictures = '{}' then '[]' else jsonb_build_array(v.pictures) end)::text as told
from kabar.draft_version v
order by v.draft_id, v.version;

-- name: list_orphans
-- Events of posts whose row is gone.
select e.post_id, count(*) as events, max(e.at) as at
from kabar.post_event e
where not exists (select 1 from kabar.post p where p.id = e.post_id)
group by e.post_id
order by e.post_id;

-- name: list_sleeping_guards
-- Triggers of ours that are not switched on, and those that are not there.
select guard.relation, guard.name
from (values ('post', 'post_change'),
             ('decision', 'decision_is_chained'), ('draft_version', 'draft_version_is_chained'),
             ('decision', 'decision_is_append_only'), ('decision', 'decision_is_never_emptied'),
             ('draft_version', 'draft_version_is_append_only'), ('draft_version', 'draft_version_is_never_emptied'),
             ('post_event', 'post_event_is_append_only'), ('post_event', 'post_event_is_never_emptied'))
     as guard (relation, name)
where not exists (select 1 from pg_trigger t
                  where t.tgrelid = ('kabar.' || guard.relation)::regclass and t.tgname = guard.name
                    and t.tgenabled in ('O', 'A'))
order by 1, 2;
