import { describe, expect, test } from 'vitest'
import type { SlackEffect, SlackEffects } from '../../src/app/ports.ts'
import { makeEffectStore } from '../../src/bot/projection/effect-store.ts'
import { at } from '../support/plans.ts'
import { eventually, type Answer } from '../workspace/support/control.ts'
import { aStage, type Stage } from './support/stage.ts'

const notice = { cutover: 'c1', key: 'notice/start/ops', channel: '#ops', text: 'It begins.' }

const keysIn = (messages: readonly Answer[]): readonly string[] =>
  messages
    .flatMap((message) => [message, ...(message.replies ?? [])])
    .flatMap(({ metadata }) => metadata?.event_payload.key ?? [])

/** A cutover that was given up, whose line for #ops was posted and whose answer was lost. */
async function abandonedUnheard(): Promise<{ readonly stage: Stage; readonly line: string }> {
  const stage = await aStage((plan) => plan.phase('p', at(-60)).do('one'))
  stage.cutover.by(stage.id('ana'), { type: 'abandon', reason: 'not tonight' })
  await stage.faults({ method: 'chat.postMessage', kind: 'lose_response', where: { channel: '#ops' } })
  await stage.show()
  const [line] = await eventually(async () => {
    const keys = keysIn(await stage.said('ops'))
    return keys.length > 0 ? keys : null
  }, 5000)
  expect(stage.rows.get(line!)?.state).toBe('sending')
  return { stage, line: line! }
}

const isDone = (stage: Stage, line: string) =>
  eventually(async () => stage.rows.get(line)?.state === 'done', 10_000)

describe('a line for the people of another channel, whose answer was lost', () => {
  test('is found again, and not posted twice', async () => {
    const { stage, line } = await abandonedUnheard()
    await isDone(stage, line)
    expect(keysIn(await stage.said('ops')).filter((key) => key === line)).toHaveLength(1)
  })

  test('is found although a notice came meanwhile, which it would hang on now', async () => {
    const { stage, line } = await abandonedUnheard()
    await stage.projection.postOnce(notice)
    await isDone(stage, line)
    expect(keysIn(await stage.said('ops')).filter((key) => key === line)).toHaveLength(1)
  })
})

test('a notice of which nobody can see whether it was posted is not posted again', async () => {
  const stage = await aStage((plan) => plan.phase('p', at(-60)).do('one'))
  await stage.faults(
    { method: 'chat.postMessage', kind: 'lose_response' },
    { method: 'conversations.list', kind: 'close' },
    { method: 'conversations.join', kind: 'close' },
  )
  await expect(stage.projection.postOnce(notice)).rejects.toThrow('looked for first')
  await expect(stage.projection.postOnce(notice)).rejects.toThrow('cannot be seen now')
  await expect(stage.projection.postOnce(notice)).rejects.toThrow('cannot be seen now')
  await stage.projection.postOnce(notice)
  expect(keysIn(await stage.said('ops'))).toEqual([notice.key])
})

describe('what is known of a message', () => {
  const row = { cutover: 'c1', key: 'board', kind: 'message' } as const

  /** Rows with versions, as the database keeps them. */
  function stored(): SlackEffects & { readonly rows: Map<string, SlackEffect> } {
    const rows = new Map<string, SlackEffect>()
    let writes = 0
    const put = async (effect: SlackEffect): Promise<SlackEffect> => {
      writes += 1
      rows.set(effect.key, { ...effect, version: String(writes) })
      return rows.get(effect.key)!
    }
    return {
      rows,
      put,
      of: async () => [...rows.values()],
      begin: async (effect) => (rows.get(effect.key)?.version === effect.version ? put(effect) : null),
    }
  }

  test('is not overwritten by a process that had stood still while another one posted it anew', async () => {
    const effects = stored()
    const slow = makeEffectStore(effects, () => 0)
    const quick = makeEffectStore(effects, () => 0)
    await slow.put({ ...row, state: 'done', ts: '1', channel: 'C1' })
    const known = slow.get('c1', 'board')!
    await quick.read('c1')
    await quick.put({ ...row, state: 'done', ts: '2', channel: 'C1' })

    expect(await slow.settle(known, { ...known, contentHash: 'old' })).toBe(false)
    expect(effects.rows.get('board')).toMatchObject({ ts: '2' })
    await slow.read('c1')
    expect(slow.get('c1', 'board')?.ts).toBe('2')
  })

  test('is not sent by a process that stood still after it had asked to', async () => {
    const effects = stored()
    let now = 0
    const store = makeEffectStore(
      {
        ...effects,
        begin: async (effect) => {
          now += 9000
          return effects.begin(effect)
        },
      },
      () => now,
    )
    expect(await store.begin({ ...row, state: 'sending' })).toBeNull()
    await store.read('c1')
    const begun = store.get('c1', 'board')!
    expect(begun.state).toBe('sending')
    // Nor does it take it for its own: what became of it is looked for.
    expect(store.isOurs(begun)).toBe(false)
  })
})
