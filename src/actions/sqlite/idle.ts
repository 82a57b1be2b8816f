import { statSync } from 'node:fs'
import { z } from 'zod'
import type { CheckAction, CheckResult } from '../action.ts'
import { ActionFailure } from '../action.ts'
import { duration } from '../parameters.ts'
import type { SqliteTarget } from '../targets.ts'
import { sqliteTarget } from '../targets.ts'
import { count, duration as spoken } from '../wording.ts'
import { exclusiveLockCanBeHad } from './exclusive.ts'
import type { Holders } from './holders.ts'
import { holdersOf, namesOf } from './holders.ts'

const WAIT_MS = 2_000

const Input = z.strictObject({
  target: sqliteTarget().describe('The SQLite database.'),
  wait: duration('How long to wait for the exclusive lock; 2s unless said.').optional(),
})
type Input = z.infer<typeof Input>

export const sqliteIdle: CheckAction<Input> = {
  name: 'sqlite.idle',
  kind: 'check',
  summary:
    'Says who has a SQLite file, its -wal or -shm open, and proves by an exclusive lock, given back at once, that nobody has. `value` is how many processes have it.',
  input: Input,
  facts: { holders: 'int', processes: 'list', exclusiveLock: 'boolean' },
  check: async ({ target, wait }) => look(target, wait ?? WAIT_MS),
}

function look(target: SqliteTarget, waitMs: number): CheckResult {
  refuseMissing(target)
  const seen = holdersOf(target.path)
  const { holders } = seen
  if (holders.length > 0) {
    return {
      green: false,
      answer: namesOf(holders),
      facts: factsOf(seen, false),
      measured: { value: holders.length, rows: holders.length },
    }
  }
  if (exclusiveLockCanBeHad(target, { waitMs })) {
    const answer = `${seen.visible ? '0 processes have it open' : 'who has it open cannot be seen here'}, exclusive lock taken and given back`
    return { green: true, answer, facts: factsOf(seen, true), measured: { value: 0, rows: 0 } }
  }
  const hidden =
    seen.unseen > 0 ? `; ${count(seen.unseen, 'process', 'processes')} of other users cannot be seen` : ''
  return {
    green: false,
    answer: `no exclusive lock within ${spoken(waitMs)}: somebody has it locked${hidden}`,
    facts: factsOf(seen, false),
    measured: {},
  }
}

function factsOf({ holders }: Holders, exclusiveLock: boolean) {
  const processes = holders.map(({ pid, command }) => `${pid} ${command}`)
  return { holders: holders.length, processes, exclusiveLock }
}

function refuseMissing({ name, path }: SqliteTarget) {
  if (statSync(path, { throwIfNoEntry: false })?.isFile()) return
  throw new ActionFailure(`${name}: there is no file ${path}.`, {
    hint: 'Check the path; it is relative to the working folder of the worker.',
    changed: 'nothing was changed',
  })
}
