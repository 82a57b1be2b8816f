-- Read-only views for reports: the first migration after the core schema. It adds no rows, so the copy that
-- follows finds every table as 001 left it.

create view device_status as
select d.id, d.name, c.name as city, r.name as region, p.is_up, p.rtt_ms, p.checked_at
from standalone_devices d
left join cities c on c.id = d.city_id
left join regions r on r.id = c.region_id
left join lateral (
  select is_up, rtt_ms, checked_at from ping_results where device_id = d.id order by checked_at desc limit 1
) p on true;

create view open_alerts as
select a.id, a.device_id, d.name as device, r.severity, a.message, a.opened_at, a.is_acknowledged
from alerts a
join alert_rules r on r.id = a.rule_id
join standalone_devices d on d.id = a.device_id
where a.closed_at is null;
