import { describe, expect, test } from 'vitest'
import { actForm } from '../../src/bot/views/act-form.ts'
import { statusMessage } from '../../src/bot/views/status.ts'
import { contactsText } from '../../src/bot/views/contacts.ts'
import { ACTIONS, isAction } from '../../src/bot/ids.ts'
import { commandOf } from '../../src/bot/listeners/person-command.ts'
import { statusText } from '../../src/cli/views/status-text.ts'
import { validateBlocks } from '../../src/workspace/block-limits.ts'
import { atStart, Cutover, HOLDERS } from '../support/cutover.ts'
import {
  acknowledgement,
  ANA,
  aPlan,
  at,
  BEN,
  CAI,
  DIA,
  EVE,
  HOUR,
  MINUTE,
  onStep,
  SECOND,
  T0,
} from '../support/plans.ts'
import { buttons, expectWithinLimits, flat, messages, shown } from './support/shown.ts'

const reason = 'because'

/** What stands under the newest key that begins like this. */
function told(c: Cutover, begins: string, posted: readonly string[] = []): string {
  const found = messages(c, { posted }).findLast(({ key }) => key.startsWith(begins))
  return found === undefined ? '' : flat(found.content)
}
const keyOf = (c: Cutover, begins: string): string =>
  messages(c).findLast(({ key }) => key.startsWith(begins))?.key ?? ''

const night = aPlan()
  .phase('ready', at(-30), [onStep('looks-right')])
  .check('looks-right', { title: 'The backup looks right' })
  .phase('go', at(-10))
  .decide('go', { title: 'Go?', criteria: [acknowledgement('observer', 'present')] })
  .phase('migrate', at(0))
  .run('copy', { title: 'Copy the data', undo: 'run' })
  .with({
    escalation: [
      { afterMs: 15 * MINUTE, roles: ['communicator'] },
      { afterMs: 30 * MINUTE, roles: ['lead'] },
    ],
    contacts: { hosting: { name: 'Host Ltd', phone: '+49 30 1' } },
    rollback: {
      name: 'shop',
      approvers: {},
      before: [],
      after: [],
      options: [],
      triggers: [{ id: 'broken', text: 'the copy breaks', urgency: 'immediate', steps: ['copy'] }],
    },
  })
  .build()

function toCopy(): Cutover {
  const c = atStart(night, { holders: { ...HOLDERS, observer: { person: BEN, backup: DIA } } })
  c.work('looks-right')
  c.by(BEN, { type: 'ack' })
  c.now += SECOND
  c.go(ANA, 'go')
  c.go(BEN, 'go')
  return c
}

function failedCopy(): Cutover {
  const c = toCopy()
  c.by(ANA, { type: 'run', step: 'copy' })
  c.work('copy', { outcome: 'failed' })
  return c
}

describe('an issue', () => {
  test('is a message for its owner, with the trigger that its step meets, and shrinks when it is closed', () => {
    const c = failedCopy()
    const command = { type: 'issue', text: 'it died', step: 'copy', severity: 'critical' } as const
    c.by(ANA, { ...command, owner: 'observer' })
    const text = shown(c, 'issue/1')
    expect(text).toMatch(/^<@UBEN> {2}Issue 1 · CRITICAL · technical\nit died/)
    expect(text).toContain('The trigger “the copy breaks” says: roll back at once.')
    expect(buttons(c, 'issue/1').map(({ action }) => action)).toEqual([
      ACTIONS.changeIssue,
      ACTIONS.closeIssue,
      ACTIONS.rollback,
    ])
    expect(shown(c, 'board')).toContain('CRITICAL it died — <@UBEN>')
    c.by(BEN, { type: 'close issue', issue: '1', text: 'a full disk' })
    expect(told(c, 'issue/1', ['issue/1'])).toMatch(/^✓ Issue 1 closed by <@UBEN> .* it died: a full disk$/)
  })

  test('can be opened from what has stopped, and is asked for how bad it is', () => {
    const c = failedCopy()
    const [button] = buttons(c, keyOf(c, 'need/copy')).filter(({ action }) => action === ACTIONS.openIssue)
    expect(button?.value).toMatchObject({ subject: 'copy' })
    for (const action of [ACTIONS.openIssue, ACTIONS.debrief, ACTIONS.userReport, ACTIONS.addFollowUp]) {
      const form = actForm(c.state, {
        action,
        button: { cutover: 'c1', subject: 'copy', revision: 0 },
        now: c.now,
      })
      expect(validateBlocks('modal', form?.blocks ?? [])).toEqual([])
      expect(form?.submit).toBeDefined()
    }
  })

  test('that is open stands on the card of a decision', () => {
    const c = atStart(night)
    c.work('looks-right')
    c.by(ANA, { type: 'issue', text: 'the pool is full', severity: 'high' })
    expect(told(c, 'gate/go')).toContain('Open issues  1\n• high: the pool is full')
  })
})

describe('an escalation', () => {
  test('mentions who joins, and one button ends it', () => {
    const c = failedCopy()
    expect(shown(c, 'board')).toContain('“Copy the data” open for under a minute, nobody has it')
    c.wait(15 * MINUTE)
    const text = told(c, 'called/')
    expect(text).toContain('<@UCAI>  Level 1: “Copy the data” has been open for 15 min and nobody has it.')
    expect(text).toContain('Host Ltd · +49 30 1')
    expect(text).toContain('[I have it]')
    const key = keyOf(c, 'called/')
    expect(buttons(c, key).map(({ value }) => value?.part)).toEqual(['step/copy'])
    c.wait(15 * MINUTE)
    expect(told(c, 'called/')).toContain('<@UANA>  Level 2')
    expect(shown(c, key, { posted: [key] })).toContain('Level 1 was called; level 2 is called now')
    c.by(ANA, { type: 'take on' })
    expect(shown(c, key, { posted: [key] })).toMatch(/^✓ <@UANA> has it since/)
    expect(shown(c, 'board')).toContain('level 2 called, <@UANA> has it')
  })
})

describe('an acknowledgement', () => {
  test('is asked by a message with two answers, and by the row of its criterion', () => {
    const c = atStart(night)
    c.work('looks-right')
    expect(shown(c, 'ack/observer/present/1')).toContain(
      '<@UBEN>  Are you here? You are Observer; “Go?” waits',
    )
    expect(buttons(c, 'ack/observer/present/1').map(({ action, value }) => [action, value?.part])).toEqual([
      [ACTIONS.ackYes, 'observer/present'],
      [ACTIONS.ackNo, 'observer/present'],
    ])
    expect(told(c, 'gate/go')).toContain('Observer is present')
    expect(told(c, 'gate/go')).toContain('[I am here]')
    c.by(BEN, { type: 'ack', answer: 'no' })
    expect(told(c, 'gate/go')).toContain('is not present; no stand-in is named')
    expect(told(c, 'ack/', ['ack/observer/present/1'])).toMatch(/^✗ NO, by <@UBEN>/)
  })
})

describe('a checkpoint', () => {
  test('that passed says so with the facts of its phase', () => {
    const c = atStart(night)
    c.work('looks-right', { summary: '412 MB' })
    expect(told(c, 'checkpoint/ready')).toMatch(/^Checkpoint ready: PASS at T\+1 min\n✓ PASS/)
    expect(told(c, 'phase/ready')).toContain('checkpoint PASS')
  })

  test('that failed asks the lead to go on, hold or roll back', () => {
    const c = atStart(night)
    c.work('looks-right', { verdict: 'red', summary: '0 bytes' })
    c.by(ANA, { type: 'override', step: 'looks-right', reason })
    const key = keyOf(c, 'checkpoint/ready')
    expect(told(c, 'checkpoint/ready')).toContain('<@UANA>  Checkpoint ready: FAIL')
    expect(buttons(c, key).map(({ action }) => action)).toEqual([ACTIONS.acceptCheckpoint, ACTIONS.hold])
    c.by(ANA, { type: 'accept checkpoint', phase: 'ready', reason: 'known to be empty' })
    expect(told(c, 'checkpoint/ready')).toContain('Gone on from by <@UANA>')
    expect(told(c, 'checkpoint/ready')).toContain('known to be empty')
    expect(told(c, 'phase/ready')).toContain('checkpoint FAIL, gone on from')
  })
})

describe('afterwards', () => {
  const plan = aPlan()
    .do('work')
    .watch('look', { at: { kind: 'after', step: 'completed', ms: 0 }, forMs: 12 * HOUR })
    .with({
      guardMs: 48 * HOUR,
      guardShifts: [{ role: 'observer', lengthMs: 12 * HOUR }],
      followUps: [{ id: 'tidy', title: 'Tidy up', owner: 'communicator', beforeLive: false }],
    })
    .build()
  function guarded(): Cutover {
    const c = atStart(plan)
    c.tick(ANA, 'work')
    c.go(ANA, 'complete')
    c.go(BEN, 'complete')
    return c
  }

  test('somebody is on call, and what goes out of bounds mentions them', () => {
    const c = guarded()
    expect(told(c, 'shift/')).toContain('<@UBEN> is on call as Observer until')
    expect(shown(c, 'board')).toContain('On call  <@UBEN> until')
    c.by(ANA, { type: 'assign', role: 'observer', person: DIA })
    expect(told(c, 'shift/')).toContain('<@UDIA> is on call as Observer until')
    c.by(ANA, { type: 'assign', role: 'observer', person: BEN })
    c.work('look', { outcome: 'failed' })
    expect(told(c, 'need/look')).toMatch(/^<@UBEN>/)
  })

  test('what is left to do is listed, and its owner reminded', () => {
    const c = guarded()
    expect(told(c, 'follow-ups')).toContain('☐ Tidy up (tidy) — <@UCAI> · due')
    c.now += 8 * 24 * HOUR
    c.advance()
    expect(told(c, 'reminder/')).toMatch(/^<@UCAI> “Tidy up” was due/)
    const key = keyOf(c, 'reminder/')
    expect(buttons(c, key).map(({ value }) => value?.part)).toEqual(['tidy', 'tidy'])
    c.by(CAI, { type: 'close follow-up', followUp: 'tidy' })
    expect(shown(c, key, { posted: [key] })).toBe('✓ Done · Tidy up')
    expect(told(c, 'follow-ups')).toContain('✓ done Tidy up (tidy) — <@UCAI>')
  })

  test('everybody may look back for two days', () => {
    const c = guarded()
    expect(told(c, 'debrief/')).toContain('Nobody has said anything yet.')
    expect(told(c, 'debrief/')).toContain('[Debrief…]')
    c.by(BEN, { type: 'debrief', improve: 'the notices', actions: [] })
    c.now += 49 * HOUR
    expect(told(c, 'debrief/')).toBe('Debrief closed with one contribution.')
  })

  test('what users report is counted where the watch runs', () => {
    const c = guarded()
    c.by(CAI, { type: 'user report', text: 'login fails', count: 3, ticket: 'SUP-1' })
    c.begin('look')
    expect(told(c, 'phase/main')).toContain('3 user reports, 3 in the hour from')
    expect(shown(c, 'board')).toContain('3 user reports')
  })
})

test('a watch that is out of bounds mentions who owns it, with the trigger it meets and a way to turn back', () => {
  const triggers = [{ id: 'slow', text: 'errors double', urgency: 'consider', steps: [] }] as const
  const rollback = { name: 'shop', approvers: {}, before: [], after: [], options: [], triggers }
  const c = atStart(
    aPlan()
      .do('change', { undo: 'do' })
      .watch('look', { by: 'observer', breach: 'slow' })
      .with({ rollback })
      .build(),
  )
  c.tick(ANA, 'change')
  const attempt = c.begin('look')
  expect(told(c, 'breach/')).toBe('')
  c.worker({ type: 'report breach', attempt, check: 'look-ok', answer: '4 % errors' })
  const text = told(c, 'breach/')
  expect(text).toMatch(/^<@UBEN> {2}look — OUT OF BOUNDS/)
  expect(text).toContain('look-ok: 4 % errors')
  expect(text).toContain('The trigger “errors double” says: consider rolling back.')
  expect(buttons(c, keyOf(c, 'breach/')).map(({ action }) => action)).toEqual([
    ACTIONS.openIssue,
    ACTIONS.rollback,
  ])
})

test('whoever asks where it is hears what waits for them', () => {
  const c = atStart(night)
  c.work('looks-right')
  c.by(ANA, { type: 'add follow-up', title: 'Tidy up', owner: 'observer' })
  const mine = statusMessage(c.state, { now: c.now, person: BEN }).text
  expect(mine).toContain('say whether you are present')
  expect(mine).toContain('Tidy up — due')
  expect(statusMessage(c.state, { now: c.now, person: CAI }).text).not.toMatch(/present|Tidy/)
})

test('what a button carries is what the domain takes', () => {
  const c = atStart(night)
  c.work('looks-right', { verdict: 'red' })
  c.by(ANA, { type: 'override', step: 'looks-right', reason })
  const press = (who: string, begins: string, action: string, words = {}) => {
    const found = buttons(c, keyOf(c, begins)).find((one) => one.action === action)?.value
    const command = found && isAction(action) ? commandOf(action, found, words) : null
    if (command === null || command === undefined) throw new Error(`no ${action} under ${begins}`)
    return c.by(who, command)
  }
  expect(press(ANA, 'checkpoint/', ACTIONS.acceptCheckpoint, { reason })).toContain('checkpoint accepted')
  expect(press(BEN, 'ack/', ACTIONS.ackNo)).toContain('role acknowledged')
  expect(c.state.acks['observer/present']?.answer?.answer).toBe('no')
  c.by(ANA, { type: 'issue', text: 'odd', severity: 'high' })
  c.wait(15 * MINUTE)
  expect(press(CAI, 'called/', ACTIONS.takeOn)).toEqual(['escalation taken', 'issue changed'])
  expect(press(ANA, 'issue/1', ACTIONS.changeIssue, { severity: 'low' })).toContain('escalation ended')
  expect(press(ANA, 'issue/1', ACTIONS.closeIssue)).toEqual(['issue closed'])
  c.by(ANA, { type: 'add follow-up', title: 'Tidy up' })
  expect(press(ANA, 'follow-ups', ACTIONS.waiveFollowUp, { reason })).toEqual(['follow-up waived'])
})

test('contacts are for those who hold a role', () => {
  const c = atStart(night)
  const known = new Map([[ANA, { phone: '+49 30 7', email: 'ana@example.org' }]])
  expect(contactsText(c.state, BEN, known)).toContain('• Host Ltd · +49 30 1')
  expect(contactsText(c.state, BEN, known)).toContain('• Lead — <@UANA> · +49 30 7 · ana@example.org')
  expect(contactsText(c.state, BEN, known)).toContain('• Observer — <@UBEN>')
  // Eligible, and holds nothing.
  for (const who of [EVE, DIA]) expect(contactsText(c.state, who, known)).not.toMatch(/Host|30 7/)
})

test('a terminal shows who is called, asked, and what is left', () => {
  const c = new Cutover(night, { now: T0 - 20 * MINUTE })
  c.advance()
  c.work('looks-right', { verdict: 'red' })
  c.by(ANA, { type: 'override', step: 'looks-right', reason })
  c.by(ANA, { type: 'issue', text: 'odd', severity: 'high' })
  c.by(BEN, { type: 'add follow-up', title: 'Tidy up', owner: 'communicator' })
  const text = statusText({ state: c.state, now: c.now, withoutLogin: [] }, (person) => person.toLowerCase())
  expect(text).toContain('1: odd (high)')
  expect(text).toContain('issue/1: odd, level 0')
  expect(text).toContain('ready: checkpoint of ready')
  expect(text).toMatch(/f1: Tidy up, ucai, due 2026-11-2\d/)
})

test('hostile and long words fit into what Slack takes', () => {
  const long = '<!channel> & '.repeat(220)
  const c = failedCopy()
  for (let n = 0; n < 30; n += 1) {
    c.by(ANA, { type: 'issue', text: long, severity: 'critical', owner: long.slice(0, 190), step: 'copy' })
    c.by(ANA, { type: 'add follow-up', title: long, owner: long.slice(0, 190) })
    c.by(ANA, { type: 'user report', text: long, ticket: long })
  }
  c.wait(30 * MINUTE)
  expectWithinLimits(c)
})
