-- name: cool_down!
-- Leave an account, or everything behind a connection, alone for a while. A longer pause that stands is kept.
insert into kabar.cooldown as c (connection, external_id, until, reason, noted_by)
values (:connection, :external_id, clock_timestamp() + make_interval(secs => :pause_seconds), :reason, :noted_by)
on conflict (connection, external_id) do update
set until = excluded.until, reason = excluded.reason, noted_by = excluded.noted_by, noted_at = clock_timestamp()
where c.until < excluded.until;

-- name: list_cooldowns
-- Pauses that stand, the longest first, with the account each is about and how many posts wait for it.
select c.connection, c.external_id, c.until, c.reason, c.noted_at, a.satker_code, a.name as account_name,
       (select coalesce(array_agg(distinct b.channel order by b.channel), '{}') from kabar.account b
        where b.connection = c.connection and c.external_id in ('', b.external_id)) as channels,
       (select count(*)
        from kabar.post p
        join kabar.draft d on d.id = p.draft_id
        join kabar.account b on b.id = d.account_id
        where p.state = 'approved' and not d.by_hand and d.publish_at <= clock_timestamp() and d.not_after > clock_timestamp()
          and b.connection = c.connection and c.external_id in ('', b.external_id)) as waiting
from kabar.cooldown c
left join kabar.account a on a.connection = c.connection and a.external_id = c.external_id
where c.until > clock_timestamp()
order by c.until desc, c.connection, c.external_id;

-- name: list_busy_accounts
-- Accounts whose budget belongs to publishing: one has a post due within `hours`, or rests because its platform asked.
select a.id, a.connection, a.external_id,
       (select max(c.until) from kabar.cooldown c
        where c.connection = a.connection and c.external_id in ('', a.external_id) and c.until > clock_timestamp()) as rests_until
from kabar.account a
where exists (select 1 from kabar.cooldown c
              where c.connection = a.connection and c.external_id in ('', a.external_id) and c.until > clock_timestamp())
   or exists (select 1 from kabar.draft d join kabar.post p on p.draft_id = d.id
              where d.account_id = a.id and not d.by_hand and p.state in ('approved', 'sending')
                and d.publish_at <= clock_timestamp() + make_interval(hours => :hours) and d.not_after > clock_timestamp())
order by a.id;
