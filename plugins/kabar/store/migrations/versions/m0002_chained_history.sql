-- Chain the history: every wording, decision and event carries a hash over itself and the one before it, and the post
-- holds the head. Rows that are there already are chained in the order in which they were written.

alter table kabar.draft_version add column previous_hash text, add column hash text;
alter table kabar.decision add column sequence integer, add column previous_hash text, add column hash text;
alter table kabar.post add column history_length integer, add column history_hash text;
alter table kabar.post_event
    add column sequence integer, add column platform_id text,
    add column decided integer, add column decided_hash text,
    add column worded integer, add column worded_hash text,
    add column previous_hash text, add column hash text;

-- A row's hash is taken over everything in it, the hash before it included, as the text of a JSON array. Times are
-- microseconds since 1970, so that no session's time zone changes them. `queries/audit.sql` reads the same arrays.
create function kabar.version_hash(v kabar.draft_version) returns text language sql immutable as $$
    select encode(sha256(convert_to(jsonb_build_array(
        v.previous_hash, v.draft_id, v.version, v.author, v.message, v.link, v.alt_text, v.hashtags, v.facts, v.template,
        v.template_hash, v.findings, v.content_hash, (extract(epoch from v.created_at) * 1000000)::bigint
    )::text, 'UTF8')), 'hex')
$$;
create function kabar.decision_hash(c kabar.decision) returns text language sql immutable as $$
    select encode(sha256(convert_to(jsonb_build_array(
        c.previous_hash, c.id, c.draft_id, c.sequence, c.content_hash, c.verdict, c.reason, c.officer, c.officer_scope,
        c.request_key, (extract(epoch from c.decided_at) * 1000000)::bigint
    )::text, 'UTF8')), 'hex')
$$;
create function kabar.event_hash(e kabar.post_event) returns text language sql immutable as $$
    select encode(sha256(convert_to(jsonb_build_array(
        e.previous_hash, e.post_id, e.sequence, e.from_state, e.to_state, e.claim_number, e.changed_by, e.reason,
        e.platform_id, e.decided, e.decided_hash, e.worded, e.worded_hash, (extract(epoch from e.at) * 1000000)::bigint
    )::text, 'UTF8')), 'hex')
$$;

drop trigger post_change on kabar.post;
drop function kabar.remember_post_change();
alter table kabar.draft_version disable trigger draft_version_is_append_only;
alter table kabar.decision disable trigger decision_is_append_only;
alter table kabar.post_event disable trigger post_event_is_append_only;

do $$
declare
    wording kabar.draft_version;
    verdict kabar.decision;
    told kabar.post_event;
    whose bigint;
    number integer;
    head text;
begin
    for wording in select * from kabar.draft_version order by draft_id, version loop
        if whose is distinct from wording.draft_id then
            whose := wording.draft_id;
            head := '';
        end if;
        wording.previous_hash := head;
        head := kabar.version_hash(wording);
        update kabar.draft_version set previous_hash = wording.previous_hash, hash = head
        where draft_id = whose and version = wording.version;
    end loop;

    whose := null;
    for verdict in select * from kabar.decision order by draft_id, id loop
        if whose is distinct from verdict.draft_id then
            whose := verdict.draft_id;
            number := 0;
            head := '';
        end if;
        number := number + 1;
        verdict.sequence := number;
        verdict.previous_hash := head;
        head := kabar.decision_hash(verdict);
        update kabar.decision set sequence = number, previous_hash = verdict.previous_hash, hash = head
        where id = verdict.id;
    end loop;

    -- Until now an event told neither what the platform called the post nor which decision stood. An old event gets
    -- what was known at its time; the last one of a post gets what is known now, as nothing later would tell it.
    update kabar.post_event e
    set platform_id = p.platform_id
    from kabar.post p
    where p.id = e.post_id
      and (p.platform_id is not null and e.at >= (select min(f.at) from kabar.post_event f
                                                  where f.post_id = p.id and f.to_state = 'published')
           or e.id = (select max(f.id) from kabar.post_event f where f.post_id = p.id));
    update kabar.post_event e
    set decided = coalesce(c.sequence, 0), decided_hash = coalesce(c.hash, ''),
        worded = coalesce(v.version, 0), worded_hash = coalesce(v.hash, '')
    from kabar.post_event f
    join kabar.post p on p.id = f.post_id
    cross join lateral (select f.id = max(g.id) as is_last from kabar.post_event g where g.post_id = f.post_id) last
    left join lateral (select * from kabar.decision c
                       where c.draft_id = p.draft_id and (c.decided_at <= f.at or last.is_last)
                       order by c.sequence desc limit 1) c on true
    left join lateral (select * from kabar.draft_version v
                       where v.draft_id = p.draft_id and (v.created_at <= f.at or last.is_last)
                       order by v.version desc limit 1) v on true
    where f.id = e.id;

    whose := null;
    for told in select * from kabar.post_event order by post_id, id loop
        if whose is distinct from told.post_id then
            whose := told.post_id;
            number := 0;
            head := '';
        end if;
        number := number + 1;
        told.sequence := number;
        told.previous_hash := head;
        head := kabar.event_hash(told);
        update kabar.post_event set sequence = number, previous_hash = told.previous_hash, hash = head
        where id = told.id;
        update kabar.post set history_length = number, history_hash = head where id = whose;
    end loop;
end $$;

alter table kabar.draft_version enable trigger draft_version_is_append_only;
alter table kabar.decision enable trigger decision_is_append_only;
alter table kabar.post_event enable trigger post_event_is_append_only;
alter table kabar.draft_version alter column previous_hash set not null, alter column hash set not null;
alter table kabar.decision
    alter column sequence set not null, alter column previous_hash set not null, alter column hash set not null,
    add unique (draft_id, sequence);
alter table kabar.post alter column history_length set not null, alter column history_hash set not null;
drop index kabar.post_event_of_post;
alter table kabar.post_event
    alter column sequence set not null, alter column decided set not null, alter column decided_hash set not null,
    alter column worded set not null, alter column worded_hash set not null,
    alter column previous_hash set not null, alter column hash set not null,
    -- Checked at the end of the transaction: the trigger tells of a new post just before its row is there.
    alter constraint post_event_post_id_fkey deferrable initially deferred,
    add unique (post_id, sequence),
    add constraint move_is_allowed check (
        coalesce(from_state, 'new') = to_state or (coalesce(from_state, 'new'), to_state) in (
            ('new', 'planned'),
            ('planned', 'approved'), ('planned', 'refused'), ('planned', 'expired'), ('planned', 'published'),
            ('approved', 'planned'), ('approved', 'refused'), ('approved', 'held'), ('approved', 'expired'),
            ('approved', 'sending'), ('approved', 'published'),
            ('sending', 'published'), ('sending', 'refused'), ('sending', 'unconfirmed'), ('sending', 'approved'),
            ('unconfirmed', 'published'), ('unconfirmed', 'refused'), ('unconfirmed', 'approved'),
            ('unconfirmed', 'expired'),
            ('refused', 'planned'), ('refused', 'approved'), ('refused', 'published'),
            ('held', 'planned'), ('held', 'approved'), ('held', 'refused'), ('held', 'expired'), ('held', 'published'),
            ('expired', 'published'),
            ('published', 'corrected'), ('published', 'withdrawn'),
            ('corrected', 'withdrawn')));

-- Link a new wording to the one before it. Whoever adds one holds the lock of its post.
create function kabar.chain_version() returns trigger language plpgsql as $$
begin
    new.previous_hash := coalesce(
        (select v.hash from kabar.draft_version v where v.draft_id = new.draft_id and v.version = new.version - 1), '');
    new.hash := kabar.version_hash(new);
    return new;
end $$;
create trigger draft_version_is_chained before insert on kabar.draft_version
    for each row execute function kabar.chain_version();

-- Link a new decision to the one about the same draft before it, under the same lock.
create function kabar.chain_decision() returns trigger language plpgsql as $$
declare
    before kabar.decision;
begin
    select * into before from kabar.decision c where c.draft_id = new.draft_id order by c.sequence desc limit 1;
    new.sequence := coalesce(before.sequence, 0) + 1;
    new.previous_hash := coalesce(before.hash, '');
    new.hash := kabar.decision_hash(new);
    return new;
end $$;
create trigger decision_is_chained before insert on kabar.decision
    for each row execute function kabar.chain_decision();

-- Tell every change of a post, link it to the one before, and pin the newest decision and wording of its draft.
-- The post's own row is the head of the chain and is locked anyway: writers of different posts never meet.
create function kabar.chain_post_change() returns trigger language plpgsql as $$
declare
    told kabar.post_event;
begin
    if tg_op = 'UPDATE' then
        -- Nobody but this function moves the head.
        new.history_length := old.history_length;
        new.history_hash := old.history_hash;
        if (new.state, new.reason, new.changed_by, new.claim_number, new.platform_id, new.decision_id)
                is not distinct from
           (old.state, old.reason, old.changed_by, old.claim_number, old.platform_id, old.decision_id) then
            return new;
        end if;
        told.from_state := old.state;
    else
        new.history_length := 0;
        new.history_hash := '';
    end if;
    told.post_id := new.id;
    told.sequence := new.history_length + 1;
    told.previous_hash := new.history_hash;
    told.to_state := new.state;
    told.claim_number := new.claim_number;
    told.changed_by := new.changed_by;
    told.reason := new.reason;
    told.platform_id := new.platform_id;
    told.at := clock_timestamp();
    select c.sequence, c.hash into told.decided, told.decided_hash
    from kabar.decision c where c.draft_id = new.draft_id order by c.sequence desc limit 1;
    select v.version, v.hash into told.worded, told.worded_hash
    from kabar.draft_version v where v.draft_id = new.draft_id order by v.version desc limit 1;
    told.decided := coalesce(told.decided, 0);
    told.decided_hash := coalesce(told.decided_hash, '');
    told.worded := coalesce(told.worded, 0);
    told.worded_hash := coalesce(told.worded_hash, '');
    told.hash := kabar.event_hash(told);
    insert into kabar.post_event (post_id, from_state, to_state, claim_number, changed_by, reason, at, sequence,
                                  platform_id, decided, decided_hash, worded, worded_hash, previous_hash, hash)
    values (told.post_id, told.from_state, told.to_state, told.claim_number, told.changed_by, told.reason, told.at,
            told.sequence, told.platform_id, told.decided, told.decided_hash, told.worded, told.worded_hash,
            told.previous_hash, told.hash);
    new.history_length := told.sequence;
    new.history_hash := told.hash;
    return new;
end $$;
create trigger post_change before insert or update on kabar.post
    for each row execute function kabar.chain_post_change();

create trigger decision_is_never_emptied before truncate on kabar.decision
    for each statement execute function kabar.forbid_change();
create trigger draft_version_is_never_emptied before truncate on kabar.draft_version
    for each statement execute function kabar.forbid_change();
create trigger post_event_is_never_emptied before truncate on kabar.post_event
    for each statement execute function kabar.forbid_change();
