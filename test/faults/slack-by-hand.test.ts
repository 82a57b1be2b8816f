import { expect, test } from 'vitest'
import { at, MINUTE, onStep } from '../support/plans.ts'
import { eventually, type Answer } from '../workspace/support/control.ts'
import { aStage, type Stage } from '../bot/support/stage.ts'

// What people do to channel and messages by hand, while the cutover goes on. The minute between two looks is a
// fifth of a second here; everything else is real but the log, which is in memory.

const HANDS_MS = 200

const aGate = () =>
  aStage(
    (plan) =>
      plan
        .phase('prepare', at(-60))
        .do('announce', { by: 'lead' })
        .check('answers')
        .phase('decide', at(-15))
        .decide('go', { criteria: [onStep('answers')] })
        .phase('migrate', at(0))
        .do('stop', { undo: 'do' }),
    { handsMs: HANDS_MS },
  )

const keysOf = (messages: readonly Answer[]): readonly string[] =>
  messages.flatMap(({ metadata }) => metadata?.event_payload.key ?? [])

async function atTheGate(): Promise<Stage> {
  const stage = await aGate()
  stage.cutover.advance()
  await stage.show()
  stage.cutover.tick(stage.id('ana'), 'announce')
  stage.cutover.work('answers')
  stage.cutover.waitUntil(stage.cutover.state.plannedStart - 15 * MINUTE)
  await stage.show()
  return stage
}

test('a question that was deleted by hand is asked again although nothing about it changes', async () => {
  const stage = await aGate()
  stage.cutover.advance()
  await stage.show()
  const asked = stage.rows.get('need/announce/0')
  await stage.control.post('delete', { user: 'giorgi', channel: asked?.channel, ts: asked?.ts })

  await eventually(async () => {
    await stage.show()
    return keysOf(await stage.said()).includes('need/announce/0')
  }, 8_000)

  const keys = keysOf(await stage.said())
  expect(keys.filter((key) => key === 'need/announce/0')).toHaveLength(1)
  expect(stage.rows.get('need/announce/0')?.ts).not.toBe(asked?.ts)
})

test('the card of a gate that was deleted by hand is there again, and a vote on it counts once', async () => {
  const stage = await atTheGate()
  const card = stage.rows.get('gate/go/1')
  await stage.control.post('delete', { user: 'giorgi', channel: card?.channel, ts: card?.ts })

  await eventually(async () => {
    await stage.show()
    return keysOf(await stage.said()).includes('gate/go/1')
  }, 8_000)
  stage.cutover.go(stage.id('ana'), 'go')
  await stage.show('go')

  const cards = (await stage.said()).filter(({ metadata }) => metadata?.event_payload.key === 'gate/go/1')
  expect(cards).toHaveLength(1)
  expect(cards[0].plain).toContain('@ana')
})

test('a channel that was deleted by hand is made again: one, with its people, the true state and why', async () => {
  const stage = await atTheGate()
  const lost = stage.rows.get('channel')?.channel
  await stage.control.post('delete', { user: 'giorgi', channel: lost })
  stage.cutover.wait(MINUTE)

  await eventually(async () => {
    await stage.show()
    const row = stage.rows.get('gate/go/1')
    return row?.ts !== undefined && row.channel !== lost
  }, 10_000)
  await stage.show()

  const { channels } = await stage.control.get('channels')
  const ours = channels.filter(({ name }: Answer) => name.startsWith('migration-test'))
  expect(ours).toHaveLength(1)
  expect(ours[0].members).toHaveLength(4)
  expect(ours[0].purpose).toContain('cutover:c1')
  const said = await stage.said()
  expect(keysOf(said).slice(0, 2)).toEqual(['replaced/told', 'board'])
  expect(said[0].plain).toContain('takes the place of the one before')
  expect(said[1].pinned).toBe(true)
  expect(keysOf(said).filter((key) => key === 'gate/go/1')).toHaveLength(1)
  expect(new Set(keysOf(said)).size).toBe(said.length)
})

test('a channel that was archived by hand and stays so is replaced; one that comes back is used again', async () => {
  const stage = await atTheGate()
  const first = stage.rows.get('channel')?.channel ?? ''
  await stage.client.conversations.archive({ channel: first })
  stage.cutover.wait(MINUTE)
  await stage.show()
  await stage.client.conversations.unarchive({ channel: first })
  await eventually(async () => {
    await stage.show()
    return stage.rows.get('channel')?.state === 'done'
  }, 8_000)
  expect(stage.rows.get('channel')?.channel).toBe(first)

  await stage.client.conversations.archive({ channel: first })
  stage.cutover.wait(MINUTE)
  await eventually(async () => {
    await stage.show()
    return stage.rows.get('gate/go/1')?.ts !== undefined && stage.rows.get('gate/go/1')?.channel !== first
  }, 10_000)
  expect(keysOf(await stage.said('migration-test-2'))).toContain('gate/go/1')
})

test('a channel that is archived when all is over stays archived', async () => {
  const stage = await atTheGate()
  const channel = stage.rows.get('channel')?.channel ?? ''
  stage.cutover.by(stage.id('ana'), { type: 'abandon', reason: 'not tonight' })
  await stage.show()
  await stage.client.conversations.archive({ channel })
  for (let looks = 0; looks < 4; looks += 1) {
    await new Promise((resolve) => setTimeout(resolve, HANDS_MS))
    stage.cutover.wait(MINUTE)
    await stage.show()
  }
  const { channels } = await stage.control.get('channels')
  expect(channels.filter(({ name }: Answer) => name.startsWith('migration-test'))).toHaveLength(1)
})
