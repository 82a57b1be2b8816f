import type { Client } from 'pg'
import { ActionFailure } from '../../action.ts'
import { preparedTransactions } from './prepared.ts'
import type { DatabaseState } from './state.ts'
import { unlike } from './carry.ts'

const NOTHING = 'nothing was changed'

/** Refuses what a rename cannot carry over or would fail on, before anybody is kept out. */
export async function refuseWhatCannotFollow(
  client: Client,
  live: DatabaseState,
  incoming: DatabaseState,
  { leaveReplication }: { readonly leaveReplication: boolean },
): Promise<void> {
  const differences = unlike(live, incoming)
  if (differences.length > 0) {
    throw new ActionFailure(
      `${incoming.name} was made otherwise than ${live.name}: ${differences.join(', ')}.`,
      {
        hint: 'These belong to a database from its making. Restore into one that pg.restore makes.',
        changed: NOTHING,
      },
    )
  }
  for (const { name } of [live, incoming]) {
    const prepared = await preparedTransactions(client, name)
    if (prepared.length === 0) continue
    throw new ActionFailure(`${name} has prepared transactions: ${prepared.slice(0, 3).join(', ')}.`, {
      hint: 'Nobody but their maker knows their end: commit prepared or rollback prepared, then try again.',
      changed: NOTHING,
    })
  }
  if (!leaveReplication) await refuseReplication(client, live)
}

const REPLICATION = `
  select 'the replication slot ' || slot_name as what from pg_replication_slots where database = $1
  union all select 'the subscription ' || subname from pg_subscription where subdbid = $2::oid order by 1`

async function refuseReplication(client: Client, live: DatabaseState): Promise<void> {
  const { rows } = await client.query<{ what: string }>(REPLICATION, [live.name, live.oid])
  if (rows.length === 0) return
  throw new ActionFailure(
    `${live.name} has what follows a database by its identity and not by its name: ${rows.map(({ what }) => what).join(', ')}.`,
    {
      hint: 'After the swap it would serve the old one. Drop it and make it anew afterwards; or say replication: leave, then it stays with the old one.',
      changed: NOTHING,
    },
  )
}
