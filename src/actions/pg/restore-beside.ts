import { z } from 'zod'
import type { RunAction } from '../action.ts'
import { maintenanceDatabase } from './database/maintenance.ts'
import { restoreBackup, restoreChoices } from './restore.ts'
import { swapChoices } from './swap.ts'

const Input = z.strictObject({
  ...restoreChoices,
  stamp: swapChoices.stamp,
  maintenance: maintenanceDatabase(),
})
type Input = z.infer<typeof Input>

export const pgRestoreBeside: RunAction<Input> = {
  name: 'pg.restore-beside',
  kind: 'run',
  mutating: false,
  summary:
    'Restores a backup of `pg.backup` into a new database beside the live one, made like it, compares every table with the manifest by content, gathers statistics, and closes it: whole, it waits for `pg.swap`. Done before a migration, it makes the rollback a matter of two renames. It takes the room of a second database on the server. A second run of the step takes up what is there.',
  input: Input,
  facts: { database: 'text', oid: 'int', tables: 'int', rows: 'int', restoreMs: 'int', verifyMs: 'int' },
  run: async (input, context) => restoreBackup(input, context, { swap: false }),
}
