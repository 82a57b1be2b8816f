import type { Client } from 'pg'

/** Names of the prepared transactions of a database: they hold locks, and the database's name, without any session. */
export async function preparedTransactions(client: Client, database: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ gid: string }>(
    'select gid from pg_prepared_xacts where database = $1 order by prepared',
    [database],
  )
  return rows.map(({ gid }) => gid)
}
