-- PrintOptim as it was: the old tables with three months of readings, for the environment `demo`.
create table client (
  id serial primary key,
  code text not null unique,
  name text not null,
  vat text
);
create table site (
  id serial primary key,
  client_id integer not null references client,
  address text not null,
  postal_code text not null,
  city text not null
);
create table contract (
  id serial primary key,
  client_id integer not null references client,
  reference text not null unique,
  starts_on date not null,
  ends_on date not null,
  price_black numeric(8, 5) not null,
  price_colour numeric(8, 5) not null
);
create table printer (
  id serial primary key,
  site_id integer not null references site,
  serial text not null unique,
  brand text not null,
  model text not null,
  installed_on date not null,
  retired boolean not null default false
);
create table counter_reading (
  id bigserial primary key,
  printer_id integer not null references printer,
  read_at timestamptz not null,
  black integer not null,
  colour integer not null,
  unique (printer_id, read_at)
);

insert into client (code, name, vat)
select 'C' || lpad(n::text, 4, '0'),
  (array['Atelier', 'Cabinet', 'Mairie de', 'École', 'Imprimerie'])[1 + n % 5] || ' ' ||
    (array['Bréval', 'Çamlıca', 'Nørgaard', 'Saint-Œuf', 'Zürn'])[1 + n / 5 % 5] || ' ' || n,
  case when n % 4 > 0 then 'FR' || (10000000000 + n * 7919) end
from generate_series(1, 60) n;

insert into site (client_id, address, postal_code, city)
select 1 + n % 60, n || ', rue du Moulin', lpad((1000 + n * 13 % 94000)::text, 5, '0'),
  (array['Lyon', 'Nantes', 'Reims', 'Pau'])[1 + n % 4]
from generate_series(1, 120) n;

insert into contract (client_id, reference, starts_on, ends_on, price_black, price_colour)
select n, 'PO-' || 2020 + n % 6 || '-' || n, date '2024-01-01' + n * 5, date '2028-12-31' - n,
  0.00350 + n * 0.00001, 0.03100 + n * 0.00007
from generate_series(1, 60) n;

insert into printer (site_id, serial, brand, model, installed_on, retired)
select 1 + n % 120, 'SN' || upper(substr(md5(n::text), 1, 9)),
  (array['Kyora', 'Lexica', 'Ricoma'])[1 + n % 3], 'M' || 200 + n % 7 * 50,
  date '2022-03-01' + n * 3, n % 29 = 0
from generate_series(1, 300) n;

insert into counter_reading (printer_id, read_at, black, colour)
select printer, timestamptz '2026-08-20 06:00:00+02' + day * interval '1 day',
  printer * 100 + day * (20 + printer % 40), day * (printer % 11)
from generate_series(1, 300) printer, generate_series(0, 91) day;
