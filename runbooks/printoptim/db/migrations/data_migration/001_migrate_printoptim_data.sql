-- Everything of the old tables goes over, under the numbers it had; the old tables stay as they are. It is one
-- transaction: a row that does not fit leaves nothing behind.
insert into crm.tb_organization (pk_organization, identifier, name, vat_number)
select id, code, name, vat from client;

insert into crm.tb_location (pk_location, fk_organization, address, postal_code, city)
select id, client_id, address, postal_code, city from site;

insert into crm.tb_contract (pk_contract, identifier, fk_organization, period, price_black, price_colour)
select id, reference, client_id, daterange(starts_on, ends_on, '[]'), price_black, price_colour from contract;

insert into machine.tb_machine (pk_machine, identifier, fk_location, brand, model, installed_on, is_retired)
select id, serial, site_id, brand, model, installed_on, retired from printer;

insert into metering.tb_reading (pk_reading, fk_machine, read_at, black, colour)
select id, printer_id, read_at, black, colour from counter_reading;

-- The numbers came with the rows; what is added from now on continues after them.
select setval(pg_get_serial_sequence('crm.tb_organization', 'pk_organization'), max(pk_organization)) from crm.tb_organization;
select setval(pg_get_serial_sequence('crm.tb_location', 'pk_location'), max(pk_location)) from crm.tb_location;
select setval(pg_get_serial_sequence('crm.tb_contract', 'pk_contract'), max(pk_contract)) from crm.tb_contract;
select setval(pg_get_serial_sequence('machine.tb_machine', 'pk_machine'), max(pk_machine)) from machine.tb_machine;
select setval(pg_get_serial_sequence('metering.tb_reading', 'pk_reading'), max(pk_reading)) from metering.tb_reading;
