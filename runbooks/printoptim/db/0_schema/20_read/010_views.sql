-- The newest reading of each machine in use, as the dashboard of a customer shows it.
create view metering.v_latest_reading as
select distinct on (r.fk_machine)
  m.id as machine_id, m.identifier as serial, l.fk_organization, r.read_at, r.black, r.colour
from metering.tb_reading r
join machine.tb_machine m on m.pk_machine = r.fk_machine
join crm.tb_location l on l.pk_location = m.fk_location
where not m.is_retired
order by r.fk_machine, r.read_at desc;

-- What each customer printed over all: what invoices begin with.
create view metering.v_volume as
select l.fk_organization, sum(r.black) as black, sum(r.colour) as colour
from metering.v_latest_reading r
join machine.tb_machine m on m.id = r.machine_id
join crm.tb_location l on l.pk_location = m.fk_location
group by l.fk_organization;
