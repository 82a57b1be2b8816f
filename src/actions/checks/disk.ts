import { resolve } from 'node:path'
import { z } from 'zod'
import type { CheckAction } from '../action.ts'
import { roomAt } from '../files/disk-room.ts'
import { hostPath } from '../parameters.ts'
import { databaseSize } from '../pg/database-size.ts'
import type { PostgresTarget } from '../targets.ts'
import { postgresTarget } from '../targets.ts'
import { bytes } from '../wording.ts'

const FREE_PERCENT = 10

const Input = z.strictObject({
  path: hostPath('A folder on the host of the pool; one that does not exist yet counts by its parent.'),
  target: postgresTarget().describe('A database whose size the room is held against.').optional(),
  times: z
    .number()
    .positive()
    .optional()
    .describe('The room must be at least so many times the size of `target`; 1 unless said.'),
})
type Input = z.infer<typeof Input>

export const diskFree: CheckAction<Input> = {
  name: 'disk.free',
  kind: 'check',
  summary:
    'Measures the free room on the disk of a folder, on the host of the step’s pool: PostgreSQL itself cannot see it, so the data folder needs a pool on the database host. `size` is free bytes, `value` free per cent. Green from 10 %; with `target`, when it fits in.',
  input: Input,
  facts: { free: 'int', total: 'int', percent: 'int', times: 'number' },
  check: async ({ path, target, times = 1 }, { attempt }) => {
    const { free, total } = roomAt(resolve(path))
    const percent = Math.floor((100 * free) / total)
    const size = target === undefined ? undefined : await databaseSize(target, attempt)
    const fits = size === undefined ? undefined : Math.floor((10 * free) / Math.max(1, size)) / 10
    return {
      green: size === undefined ? percent >= FREE_PERCENT : free >= times * size,
      answer: `${bytes(free)} of ${bytes(total)} free (${percent} %)${sizeText(target, size, fits)}`,
      facts: { free, total, percent, times: fits ?? null },
      measured: { size: free, value: percent, json: { free, total, percent, times: fits ?? null } },
    }
  },
}

function sizeText(
  target: PostgresTarget | undefined,
  size: number | undefined,
  times: number | undefined,
): string {
  if (target === undefined || size === undefined || times === undefined) return ''
  // Of much room nobody reads the tenths; of too little nothing is rounded up.
  const often = times < 10 ? String(times) : Math.floor(times).toLocaleString('en-US')
  return `, ${often} times the ${bytes(size)} of ${target.name}`
}
