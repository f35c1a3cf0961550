-- name: raise_stop$
-- From the moment this commits nothing in its scope is claimed, and no claim gets to its call. The same request raises
-- one stop, however often it arrives.
insert into kabar.stop (calendar, stage, province_code, satker_code, channel, reason, raised_by, ends_at, request_key)
values (:calendar, :stage, :province_code, :satker_code, :channel, :reason, :raised_by, :ends_at, :request_key)
on conflict (request_key) do update set request_key = excluded.request_key
returning id;

-- name: lift_stop!
-- What the stop held stays held until somebody decides again.
update kabar.stop set lifted_by = :lifted_by, lifted_at = clock_timestamp() where id = :stop_id and lifted_at is null;

-- name: list_stops
-- Stops that stand.
select * from kabar.stop where lifted_at is null and (ends_at is null or ends_at > clock_timestamp()) order by id;

-- name: list_past_stops
-- Stops that are over, the latest first.
select *, least(lifted_at, ends_at) as ended_at from kabar.stop
where least(lifted_at, ends_at) <= clock_timestamp()
order by ended_at desc, id desc
limit :at_most;

-- name: read_stop^
-- One stop, and whether it stands.
select *, least(lifted_at, ends_at) as ended_at,
       lifted_at is null and (ends_at is null or ends_at > clock_timestamp()) as stands
from kabar.stop where id = :stop_id;

-- name: list_out_of_reach
-- Posts in the scope of a stop that it cannot hold any more: being sent, perhaps sent, or in somebody's hand.
select p.id as post_id, d.id as draft_id, d.satker_code, d.channel, k.title, p.state, d.by_hand
from kabar.stop s
join kabar.package k on coalesce(s.calendar = k.calendar, true) and coalesce(s.stage = k.stage, true)
join kabar.draft d on d.package_id = k.id
    and coalesce(s.province_code = d.province_code, true) and coalesce(s.satker_code = d.satker_code, true)
    and coalesce(s.channel = d.channel, true)
join kabar.post p on p.draft_id = d.id
where s.id = :stop_id and p.state in ('sending', 'unconfirmed')
order by d.satker_code, d.channel, p.id;

-- name: count_scope
-- How many posts in a scope are in each state; a part left out means every.
select p.state, count(*) as posts
from kabar.package k
join kabar.draft d on d.package_id = k.id
join kabar.post p on p.draft_id = d.id
where coalesce(:calendar::text = k.calendar, true) and coalesce(:stage::text = k.stage, true)
  and coalesce(:province_code::text = d.province_code, true) and coalesce(:satker_code::text = d.satker_code, true)
  and coalesce(:channel::text = d.channel, true)
group by p.state;
