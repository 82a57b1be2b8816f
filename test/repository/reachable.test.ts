import { describe, expect, it } from 'vitest'
import { USAGE } from '../../src/bot/grammar.ts'
import { ACTIONS } from '../../src/bot/ids.ts'
import { commandOf } from '../../src/bot/listeners/person-command.ts'
import { VERBS, type VerbOptions } from '../../src/cli/commands/verb-table.ts'
import type { PersonCommand } from '../../src/domain/commands.ts'
import { Cutover } from '../support/cutover.ts'
import { ANA, aPlan, confirmation, T0 } from '../support/plans.ts'

/** All of them: this does not compile when one is missing. */
const TYPES: { readonly [T in PersonCommand['type']]: true } = {
  tick: true,
  untick: true,
  run: true,
  retry: true,
  skip: true,
  override: true,
  cancel: true,
  unblock: true,
  mark: true,
  move: true,
  choose: true,
  approve: true,
  reject: true,
  vote: true,
  confirm: true,
  unconfirm: true,
  round: true,
  hold: true,
  resume: true,
  rollback: true,
  postpone: true,
  abandon: true,
  assign: true,
  'take over': true,
  vouch: true,
  note: true,
  issue: true,
  'change issue': true,
  'close issue': true,
  'take on': true,
  ack: true,
  'allow change': true,
  'accept checkpoint': true,
  'add follow-up': true,
  'close follow-up': true,
  'waive follow-up': true,
  debrief: true,
  'user report': true,
  forget: true,
}
const ALL = Object.keys(TYPES).toSorted()

/** Words that every verb understands: a step, then what its second word may be. */
const SECOND: Readonly<Record<string, string>> = {
  unblock: '4121',
  mark: 'failed',
  move: '+5m',
  assign: '@ana',
  vouch: '@ana',
}
const FIRST: Readonly<Record<string, string>> = { postpone: '+1h', vouch: 'BCDF-GHJK' }
const OPTIONS: VerbOptions = { reason: 'because' }

describe('what a person may do', () => {
  const { state } = new Cutover(
    aPlan()
      .do('stop')
      .decide('go', { criteria: [confirmation('calm')] })
      .build(),
  )

  it('can all be done from the command line', () => {
    const types = VERBS.flatMap(({ usage, command }) => {
      const name = usage.split(' ')[0] ?? ''
      const place = { state, now: T0, who: () => ANA }
      const first = FIRST[name] ?? 'stop'
      return [[first, SECOND[name] ?? 'more'], ...(name.endsWith('tick') ? [['go/calm']] : [])].map(
        (words) => command(words, OPTIONS, place).type,
      )
    })

    expect([...new Set<string>(types)].toSorted()).toEqual(ALL)
  })

  it('can all be done in Slack, by a button or a word', () => {
    const button = { cutover: 'c1', subject: 'stop', part: 'calm', revision: 0 }
    const pressed = Object.values(ACTIONS).flatMap((action) => commandOf(action, button)?.type ?? [])
    const typed = Object.keys(USAGE).filter((word) => Object.hasOwn(TYPES, word))

    expect([...new Set<string>([...pressed, ...typed])].toSorted()).toEqual(ALL)
  })
})
