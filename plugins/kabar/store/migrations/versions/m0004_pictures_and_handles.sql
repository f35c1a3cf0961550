-- What lies prepared on a platform (an uploaded photo, a container) before a post is created, and the pictures of a
-- wording. The handle belongs to one wording on one account; another one has nothing prepared.
alter table kabar.post add column handle jsonb;
alter table kabar.post add column handle_of text;
alter table kabar.post add constraint post_handle_has_owner check ((handle is null) = (handle_of is null));

-- Pictures by the sha256 of their bytes, in their order; `alt_text` has a line for each.
alter table kabar.draft_version add column pictures text[] not null default '{}';

create or replace function kabar.version_hash(v kabar.draft_version) returns text language sql immutable as $$
    -- A wording without pictures keeps the hash that it had before pictures were known.
    select encode(sha256(convert_to((jsonb_build_array(
        v.previous_hash, v.draft_id, v.version, v.author, v.message, v.link, v.alt_text, v.hashtags, v.facts, v.template,
        v.template_hash, v.findings, v.content_hash, (extract(epoch from v.created_at) * 1000000)::bigint
    ) || case when v.pictures = '{}' then '[]' else jsonb_build_array(v.pictures) end)::text, 'UTF8')), 'hex')
$$;
