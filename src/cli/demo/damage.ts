import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'

/** What somebody else's job does to the copy: a value, an emptied note, a timestamp, a row less. */
const STATEMENTS = [
  'update alert_rules set threshold = threshold + 0.0001 where id = 7',
  "update standalone_devices set notes = '' where id = (select min(id) from standalone_devices where notes is null)",
  "update audit_log set happened_at = happened_at + interval '1 second' where id = 42",
  'delete from ping_results where id = 1000',
] as const
const LOOK_EVERY_MS = 10

/**
 * Waits until the copy is committed and changes a few rows of it before anything looks at them. Gives how many.
 * Undefined when it was told to stop before.
 */
export async function damageCopy(url: string, stop: AbortSignal): Promise<number | undefined> {
  const client = new Client({ connectionString: url, application_name: 'old-crontab' })
  await client.connect()
  try {
    while (!stop.aborted) {
      if (await isCopied(client)) return await damage(client)
      await sleep(LOOK_EVERY_MS)
    }
    return undefined
  } finally {
    await client.end()
  }
}

/** One statement sees all of the copy or nothing of it. */
async function isCopied(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ table: string | null }>(
    "select to_regclass('public.app_settings') as table",
  )
  if ((rows[0]?.table ?? null) === null) return false
  return (await client.query('select from app_settings limit 1')).rowCount === 1
}

async function damage(client: Client): Promise<number> {
  let changed = 0
  await client.query('begin')
  for (const statement of STATEMENTS) changed += (await client.query(statement)).rowCount ?? 0
  await client.query('commit')
  return changed
}
