import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { fold } from '../../src/domain/evolve.ts'
import type { Recorded } from '../../src/domain/events.ts'
import type { Step } from '../../src/domain/plan.ts'
import { noticeContextOf } from '../../src/templates/context-of-cutover.ts'
import { NoticeContext } from '../../src/templates/notice-context.ts'
import { renderNotice } from '../../src/templates/render-notice.ts'
import {
  BOT,
  LEAD,
  MINUTE_MS,
  NAMES,
  night,
  OBSERVER,
  opening,
  plan,
  ran,
  recorded,
  rolledBackNight,
  T0,
  untilCopy,
} from '../report/ward-night.ts'

function contextAfter(events: readonly Recorded[], now = events.at(-1)?.at ?? 0): NoticeContext {
  const state = fold(events)
  if (state === null) throw new Error('no events')
  return noticeContextOf(state, { nameOf: (id) => NAMES.get(id) ?? id, now })
}

const NINO = { id: 'U01LEAD', name: 'Nino Beridze' }
const GIORGI = { id: 'U02OBSERVER', name: 'Giorgi Maisuradze' }

describe('what a notice knows', () => {
  test('at the opening: the plan, the people and the next phase', () => {
    const context = contextAfter(
      recorded([opening({ ...plan, live: false, links: { Wiki: 'https://wiki.example', Room: 'tel:1' } })]),
    )

    expect(context).toEqual({
      now: T0 - 70 * MINUTE_MS,
      cutover: {
        id: 'ward-1',
        title: plan.title,
        runbook: 'ward-ops-postgres',
        environment: 'production',
        rehearsal: true,
        target: 'ward_ops',
        state: 'scheduled',
        postponed: false,
      },
      contacts: {},
      window: {
        start: T0,
        end: T0 + 60 * MINUTE_MS,
        length: 60 * MINUTE_MS,
        freeze: 15 * MINUTE_MS,
        zone: 'Asia/Tbilisi',
      },
      planned: { start: T0, end: T0 + 60 * MINUTE_MS },
      lead: NINO,
      opener: NINO,
      holders: {
        lead: { title: 'Migration lead', person: NINO },
        observer: { title: 'Observer', person: GIORGI },
      },
      people: [
        { role: 'lead', title: 'Migration lead', person: NINO },
        { role: 'observer', title: 'Observer', person: GIORGI },
      ],
      open: [],
      closed: [],
      next: { title: 'Before', start: T0 - 60 * MINUTE_MS },
      channel: { name: 'migration-production-20261121' },
      links: [{ title: 'Wiki', url: 'https://wiki.example' }],
    })
  })

  test('while it runs: what is open, what was decided, and what the machines measured', () => {
    const [, ...before] = untilCopy
    const backup = ran(3, LEAD, 'copy', { seconds: 140, summary: '' }).map(
      ([minutes, actor, event]) =>
        [
          minutes,
          actor,
          event.type === 'attempt ended'
            ? { ...event, data: { ...event.data, facts: { rows: 3_012_884 } } }
            : event,
        ] as const,
    )
    const context = contextAfter(recorded([opening(), ...before, ...backup]), T0 + 18 * MINUTE_MS)

    expect(context).toMatchObject({
      cutover: { state: 'running', rehearsal: false },
      started: { at: T0 + MINUTE_MS },
      open: [{ name: 'maintenance', since: T0 + MINUTE_MS, length: 17 * MINUTE_MS }],
      downtime: { length: 17 * MINUTE_MS },
      decision: { gate: 'Go or no-go?', outcome: 'GO', at: T0 - 2 * MINUTE_MS, people: [NINO, GIORGI] },
      copied: { rows: 3_012_884, took: 140_000 },
    })
    expect(context.backup).toBeUndefined()
  })

  test('what was written since the reopening, for those who are asked to enter it again', () => {
    const { copy } = plan.steps
    if (copy?.kind !== 'run') throw new Error('the plan has no such step')
    const exporting = {
      ...plan,
      steps: { ...plan.steps, copy: { ...copy, work: { uses: 'pg.written-since', with: {} } } },
    }
    const [, ...before] = untilCopy
    const facts = { rows: 41, replaced: 3, tables: 2, since: '2026-11-20T21:00:00.000Z' }
    const counted = ran(3, LEAD, 'copy', { seconds: 4, summary: '' }).map(
      ([minutes, actor, event]) =>
        [
          minutes,
          actor,
          event.type === 'attempt ended' ? { ...event, data: { ...event.data, facts } } : event,
        ] as const,
    )
    const context = contextAfter(recorded([opening(exporting), ...before, ...counted]), T0 + 18 * MINUTE_MS)

    expect(context.written).toEqual({
      rows: 41,
      replaced: 3,
      tables: 2,
      since: Date.parse(facts.since),
      until: T0 + 3 * MINUTE_MS,
    })
  })

  test('the watch that runs counts from its start, one to come from its plan', () => {
    const { stop } = plan.steps
    if (stop?.kind !== 'do') throw new Error('the plan has no such step')
    const { fields: _fields, items: _items, opens: _opens, undo: _undo, ...common } = stop
    const watch: Step = {
      ...common,
      id: 'first-hour',
      title: 'First hour',
      kind: 'watch',
      opens: [],
      mutating: false,
      at: { kind: 'elapsed', ms: 60 * MINUTE_MS },
      forMs: 60 * MINUTE_MS,
      everyMs: 30_000,
      checks: [],
    }
    const watched = {
      ...plan,
      phases: [...plan.phases, { id: 'after', title: 'After', at: watch.at!, steps: ['first-hour'] }],
      steps: { ...plan.steps, 'first-hour': watch },
    }
    const before = [opening(watched), ...untilCopy.slice(1)]
    expect(contextAfter(recorded(before))).toMatchObject({
      // The real T-0 was a minute late, and T+ counts from it.
      watch: { start: T0 + 61 * MINUTE_MS, end: T0 + 121 * MINUTE_MS, length: 60 * MINUTE_MS },
      next: { title: 'After', start: T0 + 61 * MINUTE_MS },
    })

    const running = [...before, ...ran(65, BOT, 'first-hour', { seconds: 1, summary: '' }).slice(0, -1)]
    const context = contextAfter(recorded(running))
    expect(context.watch?.start).toBe(T0 + 65 * MINUTE_MS)
    expect(context.next).toBeUndefined()
  })

  test('when it is held, who held it and why; after a NO-GO, who gave it and why', () => {
    const held = recorded([
      opening(),
      [0, OBSERVER, { type: 'cutover held', data: { reason: 'pages are slow', because: 'person' } }],
    ])
    expect(contextAfter(held).reason).toEqual({ text: 'pages are slow', by: GIORGI })

    const noGo = recorded([
      opening(),
      [-15, BOT, { type: 'gate opened', data: { gate: 'go', round: 1 } }],
      [
        -10,
        LEAD,
        {
          type: 'gate decided',
          data: {
            gate: 'go',
            round: 1,
            decision: 'no-go',
            reason: 'an incident is open',
            evidence: [],
            took: 'postpone',
          },
        },
      ],
    ])
    expect(contextAfter(noGo)).toMatchObject({
      decision: { outcome: 'NO-GO' },
      reason: { text: 'an incident is open', by: NINO },
    })
  })

  test('after a rollback: when, by whom and why; after completion: when and how long', () => {
    expect(contextAfter(rolledBackNight).rollback).toEqual({
      since: T0 + 12 * MINUTE_MS,
      by: NINO,
      reason: 'rows differ',
      finished: { at: T0 + 18 * MINUTE_MS, took: 6 * MINUTE_MS },
    })
    expect(contextAfter(night).completed).toEqual({ at: T0 + 101 * MINUTE_MS, took: 100 * MINUTE_MS })
    expect(contextAfter(night).closed).toEqual([
      { name: 'maintenance', since: T0 + MINUTE_MS, length: 38 * MINUTE_MS },
    ])
  })
})

test('at any moment of a cutover the context is whole, and the notices of ward-ops can be written', () => {
  const templates = ['start', 'completion', 'rollback'].map((name) =>
    readFileSync(new URL(`../../runbooks/ward-ops/${name}.hbs`, import.meta.url), 'utf8'),
  )
  for (const events of [night, rolledBackNight]) {
    for (let length = 1; length <= events.length; length++) {
      const context = contextAfter(events.slice(0, length))
      expect(NoticeContext.safeParse(context).error?.issues ?? []).toEqual([])
      for (const template of templates) {
        for (const medium of ['slack', 'email'] as const) renderNotice({ template, medium, context })
      }
    }
  }
})
