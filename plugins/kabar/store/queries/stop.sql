-- name: raise_stop$
-- From the moment this commits nothing in its scope is claimed.
insert into kabar.stop (calendar, stage, province_code, satker_code, channel, reason, raised_by, ends_at)
values (:calendar, :stage, :province_code, :satker_code, :channel, :reason, :raised_by, :ends_at)
returning id;

-- name: lift_stop!
-- What the stop held stays held until somebody decides again.
update kabar.stop set lifted_by = :lifted_by, lifted_at = clock_timestamp() where id = :stop_id and lifted_at is null;

-- name: list_stops
-- Stops that stand.
select * from kabar.stop where lifted_at is null and (ends_at is null or ends_at > clock_timestamp()) order by id;
