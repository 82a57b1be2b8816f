import { expect } from 'vitest'
import type { SlackEffect, SlackEffects } from '../../src/app/ports.ts'
import { aStage, type Stage } from '../bot/support/stage.ts'
import { at, MINUTE, onStep } from '../support/plans.ts'
import { eventually, type Answer } from '../workspace/support/control.ts'
import { faultWithoutQueue, isWhole } from './support/fault.ts'

// Projection, Web API and workspace are real; the log and the rows of what exists in Slack are in memory.

/** Rows of what exists in Slack, and two processes that keep them: one that dies at a moment, and one that lives. */
function twoLives() {
  const rows = new Map<string, SlackEffect>()
  let versions = 0
  let diesAfter = Number.POSITIVE_INFINITY
  let isDead = false
  const keep = (effect: SlackEffect): SlackEffect => {
    versions += 1
    const stored = { ...effect, version: String(versions) }
    rows.set(effect.key, stored)
    return stored
  }
  const living: SlackEffects = {
    of: async () => [...rows.values()],
    put: async (effect) => keep(effect),
    begin: async (effect) => (rows.get(effect.key)?.version === effect.version ? keep(effect) : null),
  }
  function live(effect?: SlackEffect): void {
    if (effect?.kind === 'message' && effect.state === 'done') diesAfter -= 1
    // Slack has it, and nobody wrote that down.
    if (diesAfter < 0) isDead = true
    if (isDead) throw new Error('this process is gone')
  }
  const mortal: SlackEffects = {
    async of(cutover) {
      live()
      return living.of(cutover)
    },
    async put(effect) {
      live(effect)
      return living.put(effect)
    },
    async begin(effect) {
      live(effect)
      return living.begin(effect)
    },
  }
  return { rows, living, mortal, dieAfter: (posts: number) => void (diesAfter = posts), isDead: () => isDead }
}

const keysOf = (messages: readonly Answer[]): readonly string[] =>
  messages.flatMap(({ metadata }) => metadata?.event_payload.key ?? [])

const issuesIn = (keys: readonly string[]): readonly string[] =>
  keys.filter((key) => key.startsWith('issue/'))

const MESSAGES = isWhole ? 1_800 : 150

faultWithoutQueue(
  'T31',
  `${MESSAGES} messages, answers to chat.postMessage lost, a crash before one was marked: none twice, none missing, in order`,
  async () => {
    const store = twoLives()
    const stage = await aStage((plan) => plan.phase('p', at(-60)).do('one'), { effects: store.mortal })
    stage.cutover.advance()
    await stage.show()
    for (let n = 1; n <= MESSAGES; n += 1)
      stage.cutover.by(stage.id('ana'), { type: 'issue', text: `issue ${n}` })
    // Three in a row, and one each hundred after that.
    await stage.faults(
      { method: 'chat.postMessage', kind: 'lose_response', times: 3, skip: 10 },
      ...Array.from({ length: Math.floor(MESSAGES / 100) }, (_, index) => ({
        method: 'chat.postMessage',
        kind: 'lose_response',
        skip: 60 + index * 100,
      })),
    )
    store.dieAfter(Math.floor(MESSAGES / 2))
    void stage.show()
    await eventually(() => store.isDead(), 120_000)

    // Another process begins where nobody knows how far the first one came.
    const next = stage.another(store.living)
    await next.reconcile('c1')
    await eventually(async () => issuesIn(keysOf(await stage.said())).length >= MESSAGES, 180_000)
    await next.reconcile('c1')

    const keys = issuesIn(keysOf(await stage.said()))
    expect(keys).toEqual(Array.from({ length: MESSAGES }, (_, index) => `issue/${index + 1}`))
    expect([...store.rows.values()].filter(({ state }) => state !== 'done')).toEqual([])
  },
  { timeoutMs: isWhole ? 400_000 : 90_000 },
)

async function atTheGate(): Promise<Stage> {
  const stage = await aStage((plan) =>
    plan
      .phase('prepare', at(-60))
      .check('answers')
      .decide('go', { criteria: [onStep('answers')] })
      .phase('migrate', at(0))
      .do('stop', { undo: 'do' }),
  )
  stage.cutover.advance()
  stage.cutover.work('answers')
  stage.cutover.waitUntil(stage.cutover.state.plannedStart - 15 * MINUTE)
  await stage.show()
  return stage
}

faultWithoutQueue(
  'rate limits',
  'every change and every post is answered with 429 for a while: each is waited for once, and none is lost',
  async () => {
    const stage = await atTheGate()
    await stage.faults(
      { method: 'chat.update', kind: 'rate_limited', retryAfter: 2, times: 4 },
      { method: 'chat.postMessage', kind: 'rate_limited', retryAfter: 2, times: 2 },
    )
    const before = (await stage.control.get('log')).calls.at(-1)?.n ?? 0
    stage.cutover.noGo(stage.id('giorgi'), 'go')
    await stage.show('go')
    await eventually(async () => keysOf(await stage.said()).some((key) => key.startsWith('held/')), 15_000)
    await eventually(async () => (await stage.said()).some(({ plain }) => /NO-GO\*? at/.test(plain)), 15_000)

    const { calls } = await stage.control.get(`log?after=${before}`)
    const refused = calls.filter(({ status }: Answer) => status === 429)
    // Asked again after the time that Slack named, not at once.
    expect(refused.length).toBeLessThanOrEqual(6)
    const keys = keysOf(await stage.said())
    expect(new Set(keys).size).toBe(keys.length)
  },
)
