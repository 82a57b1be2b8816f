import type { Client } from 'pg'
import type { DatabaseNote } from './note.ts'
import { readNote } from './note.ts'
import { sameStep } from './same-step.ts'
import type { DatabaseState } from './state.ts'
import { readDatabaseByOid } from './state.ts'

/** One swap behind a live database, and what it put aside; undefined where that one is gone. */
export interface Link {
  readonly swap: NonNullable<DatabaseNote['swap']>
  readonly kept: DatabaseState | undefined
}

/**
 * The swaps that led to the database that is live, the last one first: what is put aside keeps the note of how it had
 * come to its place. Where one of them was dropped since, it ends there.
 */
export async function swapsBehind(client: Client, live: DatabaseState): Promise<readonly Link[]> {
  const links: Link[] = []
  const seen = new Set([live.oid])
  for (let at: DatabaseState | undefined = live; at; at = links.at(-1)?.kept) {
    const { swap }: DatabaseNote = at.note
    // What once was put aside may have been swapped in again.
    if (!swap || seen.has(swap.keptOid)) break
    seen.add(swap.keptOid)
    links.push({ swap, kept: await readDatabaseByOid(client, swap.keptOid) })
  }
  return links
}

/** Name of a database that a try of this step put aside from the name `of`, and that is still aside. */
export async function putAsideBy(
  client: Client,
  { step, of }: { readonly step: string; readonly of: string },
): Promise<string | undefined> {
  const { rows } = await client.query<{ name: string; comment: string | null }>(
    `select datname as name, shobj_description(oid, 'pg_database') as comment from pg_database
     where shobj_description(oid, 'pg_database') like '%cutover: {%' order by oid desc`,
  )
  return rows.find(({ comment }) => {
    const { kept } = readNote(comment).note
    return kept?.of === of && sameStep(kept.by, step)
  })?.name
}
