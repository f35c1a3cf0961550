-- name: make_staging#
-- The drafts of one tonggak as the machine would word them now; empty, also when a transaction saves several packages.
create temporary table if not exists fresh_draft (
    satker_code text, province_code text, channel text, account_id bigint, wave text, says_at timestamptz,
    publish_at timestamptz, not_after timestamptz, message text, link text, alt_text text, hashtags text[], facts jsonb,
    template text, template_hash text, findings jsonb, content_hash text, pictures text[],
    by_hand boolean
) on commit drop;
truncate fresh_draft;

-- name: add_new_drafts$
-- Add what is not there yet, with its first wording.
with added as (
    insert into kabar.draft (package_id, satker_code, province_code, channel, account_id, wave, says_at, publish_at,
                             not_after, version, calendar_version, by_hand)
    select :package_id, satker_code, province_code, channel, account_id, wave, says_at, publish_at, not_after, 1,
           coalesce(:calendar_version::integer, (select calendar_version from kabar.package where id = :package_id)),
           by_hand
    from fresh_draft
    on conflict (package_id, satker_code, channel) do nothing
    returning id, satker_code, channel
), worded as (
    insert into kabar.draft_version (draft_id, version, author, message, link, alt_text, hashtags, facts, template,
                                     template_hash, findings, content_hash, pictures)
    select a.id, 1, :author, f.message, f.link, f.alt_text, f.hashtags, f.facts, f.template, f.template_hash,
           f.findings, f.content_hash, f.pictures
    from added a join fresh_draft f using (satker_code, channel)
)
select count(*) from added;

-- name: plan_new_drafts!
-- Give each new draft its row in the posting ledger. A statement of its own: the row's first event pins the wording,
-- which must be there by then.
insert into kabar.post (draft_id, changed_by, reason)
select d.id, :author, 'drafted'
from kabar.draft d
where d.package_id = :package_id and not exists (select 1 from kabar.post p where p.draft_id = d.id)
order by d.id;

-- name: lock_package
-- Lock the posts of a package against claims and decisions, in their order, before its drafts are changed.
select p.id from kabar.post p join kabar.draft d on d.id = p.draft_id
where d.package_id = :package_id
order by p.draft_id
for update of p;

-- name: move_to_present_accounts!
-- A draft that still needs a decision goes to the account that the registry names now, by the way that the table of
-- channels names now; an approved one stays bound to what it was approved for.
update kabar.draft d set account_id = f.account_id, by_hand = f.by_hand
from fresh_draft f, kabar.post p
where d.package_id = :package_id and d.satker_code = f.satker_code and d.channel = f.channel
  and p.draft_id = d.id and p.state in ('planned', 'refused', 'held')
  and (d.account_id, d.by_hand) is distinct from (f.account_id, f.by_hand);

-- name: reword_untouched_drafts$
-- Give a new wording to drafts that no person has edited or decided and whose text or findings would differ now.
with outdated as (
    select d.id, d.version + 1 as version, f.*
    from fresh_draft f
    join kabar.draft d on d.package_id = :package_id and d.satker_code = f.satker_code and d.channel = f.channel
    join kabar.draft_version v on v.draft_id = d.id and v.version = d.version
    join kabar.post p on p.draft_id = d.id
    where p.state = 'planned' and v.author = :author
      and (v.content_hash <> f.content_hash or v.findings <> f.findings)
      and not exists (select 1 from kabar.decision c where c.draft_id = d.id)
), worded as (
    insert into kabar.draft_version (draft_id, version, author, message, link, alt_text, hashtags, facts, template,
                                     template_hash, findings, content_hash, pictures)
    select id, version, :author, message, link, alt_text, hashtags, facts, template, template_hash, findings,
           content_hash, pictures
    from outdated
), pointed as (
    update kabar.draft d set version = o.version from outdated o where d.id = o.id
)
select count(*) from outdated;

-- name: list_drafts
-- The drafts of a package with their present wording and state, in the order of the satker codes.
select d.id, d.satker_code, d.province_code, d.channel, d.wave, d.says_at, d.publish_at, d.not_after, d.version,
       v.author, v.message, v.link, v.alt_text, v.pictures, v.hashtags, v.facts, v.template, v.findings, v.content_hash, v.created_at,
       a.name as account_name, a.external_id as account_external_id,
       p.id as post_id, p.state, p.permalink, p.published_at, p.confirmed_at, p.reason, p.claim_number, p.evidence, p.looks,
       c.verdict, c.officer, c.decided_at, c.reason as decision_reason
from kabar.draft d
join kabar.draft_version v on v.draft_id = d.id and v.version = d.version
join kabar.post p on p.draft_id = d.id
left join kabar.account a on a.id = d.account_id
left join lateral (select * from kabar.decision c where c.draft_id = d.id order by c.id desc limit 1) c on true
where d.package_id = :package_id
  and (:province::text is null or d.province_code = :province)
  and (:satker::text is null or d.satker_code = :satker)
  and (:state::text is null or p.state = :state)
  and (:with_findings::boolean is null or (jsonb_array_length(v.findings) > 0) = :with_findings)
order by d.satker_code, d.channel
limit :at_most offset :from_row;

-- name: read_draft^
-- One draft with its present wording and state.
select d.*, v.author, v.message, v.link, v.alt_text, v.pictures, v.hashtags, v.facts, v.template, v.template_hash,
       v.findings, v.content_hash, v.created_at, k.title, k.calendar, k.stage, k.tonggak, k.kind, k.rehearsal_id,
       a.name as account_name,
       p.id as post_id, p.state, p.permalink, p.published_at, p.confirmed_at, p.reason, p.evidence, p.looks,
       c.post_id as corrects_post_id, cp.draft_id as corrects_draft_id
from kabar.draft d
left join kabar.correction c on c.draft_id = d.id
left join kabar.post cp on cp.id = c.post_id
join kabar.package k on k.id = d.package_id
join kabar.draft_version v on v.draft_id = d.id and v.version = d.version
join kabar.post p on p.draft_id = d.id
left join kabar.account a on a.id = d.account_id
where d.id = :draft_id;

-- name: list_versions
-- Every wording a draft ever had, newest first.
select * from kabar.draft_version where draft_id = :draft_id order by version desc;

-- name: add_version!
-- Remember a new wording.
insert into kabar.draft_version (draft_id, version, author, message, link, alt_text, hashtags, facts, template,
                                 template_hash, findings, content_hash, pictures)
values (:draft_id, :version, :author, :message, :link, :alt_text, :hashtags, :facts, :template, :template_hash,
        :findings, :content_hash, :pictures);

-- name: point_to_version!
-- Make a wording the present one.
update kabar.draft set version = :version where id = :draft_id;
