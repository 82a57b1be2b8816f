import { Client } from 'pg'

/**
 * The clock of a log, to be moved on while the product runs: its events take their time from `clock_timestamp()`, which
 * a schema before `pg_catalog` answers instead. What tells who is alive (leases, heartbeats, claims) asks `now()` and
 * keeps the true time, so that nobody seems to have been silent for as long as the clock was moved on.
 */
export async function shiftClock(url: string): Promise<void> {
  await asking(url, async (client) => {
    await client.query(`create schema shifted`)
    await client.query(`create table shifted.clock (by interval not null)`)
    await client.query(`insert into shifted.clock values ('0')`)
    await client.query(
      `create function shifted.clock_timestamp() returns timestamptz volatile language sql
       as $$ select pg_catalog.clock_timestamp() + (select by from shifted.clock) $$`,
    )
    await client.query(
      `do $$ begin
         execute format('alter database %I set search_path = shifted, pg_catalog, public', current_database());
       end $$`,
    )
  })
}

/** The log's clock says so much more from now on, milliseconds. */
export async function moveClockOn(url: string, byMs: number): Promise<void> {
  await asking(url, (client) =>
    client.query(`update shifted.clock set by = by + $1 * interval '1 millisecond'`, [byMs]),
  )
}

async function asking(url: string, ask: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await ask(client)
  } finally {
    await client.end()
  }
}
