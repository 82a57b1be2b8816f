import type { ActionContext } from '../action.ts'
import type { PostgresTarget } from '../targets.ts'
import { compareWithManifest } from './backup/differences.ts'
import type { Manifest } from './backup/manifest.ts'
import { cancelOnAbort } from './cancel.ts'
import { connectPostgres } from './connect.ts'

/** In what a database differs from the manifest of its backup, as sentences. */
export async function differencesIn(
  target: PostgresTarget,
  manifest: Manifest,
  { attempt, signal, progress }: ActionContext,
): Promise<readonly string[]> {
  const client = await connectPostgres(target, { attempt })
  const stop = await cancelOnAbort(client, target, { attempt, signal })
  try {
    return await compareWithManifest(client, manifest, {
      onTable: (table, done, total) => progress({ done, total, unit: 'tables', label: `comparing ${table}` }),
    })
  } finally {
    stop()
    await client.end().catch(() => undefined)
  }
}
