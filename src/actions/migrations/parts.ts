import type { ActionContext, Part } from '../action.ts'
import { estimateOf, leftOf } from '../../domain/parts.ts'
import { count, duration } from '../wording.ts'

/** The migrations of one run: which is under way is shown while it runs, what became of each at the end. */
export interface PartTrack {
  readonly begin: (name: string) => void
  /** The one under way ended well. */
  readonly done: () => void
  /** The one under way. */
  readonly current: () => string | undefined
  /** Why it does not go on, for people: `waits for pid 17 (reporting, idle in transaction, 60 s)`. */
  readonly remark: (text: string | undefined) => void
  readonly stop: () => void
  /** What became of each, by what the database says is in. */
  readonly list: (isIn: (name: string) => boolean) => readonly Part[]
}

const SHOW_EVERY_MS = 500

export function trackParts(
  planned: readonly string[],
  context: Pick<ActionContext, 'progress' | 'estimates' | 'log'>,
): PartTrack {
  const { estimates = {} } = context
  const began = new Map<string, number>()
  const took = new Map<string, number>()
  let current: string | undefined
  let remark: string | undefined
  const without = planned.filter((name) => estimateOf(name, estimates) === undefined)
  if (Object.keys(estimates).length > 0 && without.length > 0)
    context.log(`No estimate of ${count(without.length, 'migration')}: ${without.join(', ')}`)

  function show(): void {
    const since = current === undefined ? undefined : began.get(current)
    const label = since === undefined ? undefined : `${current} ${duration(Date.now() - since)}`
    const under = since === undefined ? undefined : { name: current ?? '', forMs: Date.now() - since }
    const left = leftOf(
      planned.filter((name) => !took.has(name)),
      estimates,
      under,
    )
    context.progress({
      done: took.size,
      total: Math.max(planned.length, began.size),
      unit: 'migrations',
      ...(label === undefined ? {} : { label: remark === undefined ? label : `${label}, ${remark}` }),
      ...(left === null ? {} : { left }),
    })
  }

  function close(): void {
    const since = current === undefined ? undefined : began.get(current)
    if (current !== undefined && since !== undefined) took.set(current, Date.now() - since)
    current = undefined
    remark = undefined
  }

  const timer = setInterval(show, SHOW_EVERY_MS)
  return {
    begin: (name) => {
      close()
      current = name
      began.set(name, Date.now())
      show()
    },
    done: () => {
      close()
      show()
    },
    current: () => current,
    remark: (text) => {
      remark = text
    },
    stop: () => clearInterval(timer),
    list: (isIn) => {
      const names = [...planned, ...[...began.keys()].filter((name) => !planned.includes(name))]
      return names.map((name) => {
        const startedAt = began.get(name)
        if (startedAt === undefined) return { name, outcome: isIn(name) ? 'done' : 'not run' }
        const durationMs = took.get(name) ?? Date.now() - startedAt
        return {
          name,
          outcome: isIn(name) ? 'done' : name === current ? 'failed' : 'not run',
          startedAt,
          durationMs,
        }
      })
    },
  }
}

/** `0003 and 0004 are in`, `0003 to 0007 (5) are in`. */
export function areIn(names: readonly string[]): string {
  const [first, second] = names
  if (first === undefined) return 'none of this step is in'
  if (second === undefined) return `${first} is in`
  if (names.length === 2) return `${first} and ${second} are in`
  return `${first} to ${names.at(-1)} (${names.length}) are in`
}
