import { describe, expect, it } from 'vitest'
import { harmless } from '../../../src/cli/local/environment.ts'
import { makeEventTeller } from '../../../src/cli/local/event-lines.ts'
import { makeNarrator } from '../../../src/cli/local/narrator.ts'
import { rehearsalsOnly } from '../../../src/cli/local/rehearsals-only.ts'
import type { Runbooks } from '../../../src/app/open-cutover.ts'
import type { CutoverEvent, Recorded } from '../../../src/domain/events.ts'
import { aPlan } from '../../support/plans.ts'

function narration(isTTY: boolean) {
  let text = ''
  const out = { write: (part: string) => (text += part), isTTY }
  const narrator = makeNarrator(out, () => new Date(2026, 10, 20, 2, 31, 7))
  return { narrator, text: () => text }
}

describe('the narrator', () => {
  it('tells time, who and what in columns, further lines below the first', () => {
    const { narrator, text } = narration(false)
    narrator.say('ana', 'one\ntwo')
    narrator.say('ward-ops', 'three')

    expect(text()).toBe('02:31:07  ana       one\n                    two\n02:31:07  ward-ops  three\n')
  })

  it('draws a bar on a terminal, which the next line replaces, and none elsewhere', () => {
    const terminal = narration(true)
    terminal.narrator.progress({ title: 'Copy', done: 50, total: 100, unit: 'rows' })
    terminal.narrator.plain('done')
    const file = narration(false)
    file.narrator.progress({ title: 'Copy', done: 50, total: 100, unit: 'rows' })

    expect(terminal.text()).toContain('50 of 100 rows  Copy\r\u001b[2Kdone\n')
    expect(file.text()).toBe('')
  })
})

describe('what the log says, as lines', () => {
  const plan = aPlan().do('stop').run('copy').build()
  const by = { kind: 'person', person: 'UANA', via: 'slack' } as const
  const recorded = (event: CutoverEvent, actor: Recorded['actor'] = by): Recorded =>
    ({ ...event, actor, cutover: 'c', position: 1, at: 0 }) as Recorded

  it('names people, and gives an attempt to its pool and its step', () => {
    const teller = makeEventTeller(plan, (person) => person.slice(1).toLowerCase())
    const ticked = recorded({ type: 'step ticked', data: { step: 'stop', result: 'done', fields: {} } })
    const dispatched = recorded({
      type: 'attempt dispatched',
      data: { attempt: 'c.copy.1', step: 'copy', n: 1, pool: 'ward-db' },
    })
    const adopted = recorded({ type: 'attempt adopted', data: { attempt: 'c.copy.1', worker: 'w' } })

    expect(teller.line(ticked)).toEqual({ who: 'ana', what: `✓ ${plan.steps['stop']?.title ?? ''}` })
    expect(teller.line(dispatched)).toBeUndefined()
    expect(teller.line(adopted)).toMatchObject({ who: 'ward-db' })
    expect(teller.line(adopted)?.what).toContain(plan.steps['copy']?.title)
  })
})

it('lets nothing through to child processes that says where to connect to', () => {
  const kept = harmless({
    PATH: '/bin',
    CUTOVER_DATABASE_URL: 'x',
    PGHOST: 'x',
    HTTPS_PROXY: 'x',
    LC_ALL: 'C',
  })

  expect(kept).toEqual({ PATH: '/bin', LC_ALL: 'C' })
})

it('opens no live cutover on somebody’s own machine, and says what opens one', async () => {
  const runbooks = (live: boolean): Runbooks => ({
    list: async () => [],
    resolve: async () => ({ ok: true, plan: { ...aPlan().build(), live }, channelName: 'c' }),
  })
  const request = { runbook: 'r', environment: 'production', plannedStart: 0, holders: {}, vars: {} }
  const fixed = { id: 'c', at: 0 }

  expect(await rehearsalsOnly(runbooks(false)).resolve(request, fixed)).toMatchObject({ ok: true })
  expect(await rehearsalsOnly(runbooks(true)).resolve(request, fixed)).toMatchObject({
    ok: false,
    problems: [expect.stringMatching(/production is live.*cutover serve.*Nothing was opened/)],
  })
})
