-- name: save_account$
-- Take over one account of the registry and give its number.
insert into kabar.account (channel, external_id, satker_code, name, usage, connection, is_active)
values (:channel, :external_id, :satker_code, :name, :usage, :connection, :is_active)
on conflict (channel, external_id) do update
set satker_code = excluded.satker_code, name = excluded.name, usage = excluded.usage,
    connection = excluded.connection, is_active = excluded.is_active
returning id;

-- name: list_accounts
-- Every known account.
select * from kabar.account order by channel, satker_code;
