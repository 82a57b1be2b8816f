import { DatabaseSync } from '@photostructure/sqlite'

/** The twelve kinds of column that real tables are made of. */
export const POSTGRES_TABLES = `
  create table customers (id bigint primary key, name text not null, email varchar(120) unique);
  create table orders (
    id bigint primary key,
    customer_id integer not null,
    reference text not null,
    amount numeric(12,2) not null,
    discount integer,
    is_paid boolean not null,
    weight double precision,
    created_at timestamptz not null,
    note text,
    details jsonb not null,
    token uuid not null,
    payload bytea
  )`

export const POSTGRES_INDEXES = `
  create index orders_customer on orders (customer_id);
  create index orders_created on orders (created_at);
  alter table orders add constraint orders_customer_id_fkey foreign key (customer_id) references customers (id)`

export const POSTGRES_SCHEMA = `${POSTGRES_TABLES}; ${POSTGRES_INDEXES}`

const SQLITE_SCHEMA = `
  create table customers (id integer primary key, name text not null, email varchar(120) unique);
  create table orders (
    id integer primary key, customer_id integer not null references customers (id), reference text not null,
    amount decimal(12,2) not null, discount integer, is_paid bool not null, weight real, created_at datetime not null,
    note text, details json not null, token char(32) not null, payload blob
  );
  create index orders_customer on orders (customer_id);
  create index orders_created on orders (created_at);
`

/** A SQLite file of `rows` orders and a fiftieth as many customers, the same at every call. */
export function makeSampleDatabase(path, rows) {
  const database = new DatabaseSync(path)
  const customers = Math.max(1, Math.ceil(rows / 50))
  database.exec('pragma journal_mode = off; pragma synchronous = off')
  database.exec(SQLITE_SCHEMA)
  database.exec('begin')
  database.exec(`
    with recursive n (i) as (select 1 union all select i + 1 from n where i < ${customers})
    insert into customers select i, 'Kundin Nr. ' || i || ' Müller', 'kundin' || i || '@example.org' from n;
    with recursive n (i) as (select 1 union all select i + 1 from n where i < ${rows})
    insert into orders select
      i, 1 + i * 7919 % ${customers}, 'ORD-' || printf('%08d', i), i % 100000 / 100.0 + i % 7, iif(i % 3 = 0, null, i % 40),
      i % 2, i / 7.0, case i % 2 when 0 then strftime('%Y-%m-%d %H:%M:%S', 1700000000 + i, 'unixepoch')
        else strftime('%Y-%m-%d %H:%M:%S', 1700000000 + i, 'unixepoch') || printf('.%06d', i % 1000000) end,
      iif(i % 5 = 0, null, 'größere Bestellung, bitte beim Nachbarn abgeben, Nummer ' || i),
      '{"source": "web", "items": [' || (i % 9) || ', ' || (i % 4) || '], "gift": ' || iif(i % 2, 'true', 'false') || '}',
      printf('%032x', i * 2654435761), iif(i % 4 = 0, null, unhex(printf('%016x%016x', i * 40503, i * 48271)))
    from n;
  `)
  database.exec('commit')
  database.close()
}
