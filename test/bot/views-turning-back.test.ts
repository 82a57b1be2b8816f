import { describe, expect, test } from 'vitest'
import { atStart, type Cutover } from '../support/cutover.ts'
import { ANA, aPlan, at, BEN, CAI, confirmation, MINUTE, onStep } from '../support/plans.ts'
import { buttons, messages, shown, toCopy, toGate } from './support/shown.ts'

/** Whatever stands under a key that begins like this; the newest of them. */
function told(c: Cutover, begins: string): string {
  const found = messages(c).findLast(({ key }) => key.startsWith(begins))
  return found === undefined ? '' : shown(c, found.key)
}

const rollBack = (c: Cutover) => c.by(ANA, { type: 'rollback', name: 'shop', reason: 'rows are damaged' })

describe('a rollback that has ended', () => {
  test('is said to be complete when every step of the way back was carried out', () => {
    const c = atStart(aPlan().phase('p', at(0)).do('stop', { undo: 'do' }).do('end').build())
    c.tick(ANA, 'stop')
    rollBack(c)
    c.tick(ANA, 'undo-stop')

    expect(told(c, 'said/rolled back')).toMatch(
      /^Rolled back .*\nEvery step of the way back was carried out\.$/,
    )
    expect(told(c, 'ops/#ops/status/rolled back')).toBe(
      'Shop to PostgreSQL: Rolled back. · Every step of the way back was carried out.',
    )
  })

  test('says what was passed over, what stays as it is, and what is still open', () => {
    const plan = aPlan()
      .phase('p', at(0))
      .do('stop', { title: 'Stop the shop', undo: 'do', opens: ['maintenance'] })
      .do('drop', { title: 'Drop the old index', mutating: true, irreversible: 'it is large' })
      .do('end')
      .build()
    const c = atStart(plan)
    c.tick(ANA, 'stop')
    c.tick(ANA, 'drop')
    rollBack(c)
    c.by(ANA, { type: 'skip', step: 'undo-stop', reason: 'the shop stays shut' })
    c.advance()

    const text = told(c, 'said/rolled back')
    expect(text).toContain('Not done: undo-stop (– skipped: the shop stays shut)')
    expect(text).toContain('Stays as it is: Drop the old index')
    expect(text).toContain('Still open: maintenance')
    const ops = told(c, 'ops/#ops/status/rolled back')
    expect(ops).toContain(
      'Rolled back. · Not done: undo-stop (– skipped) · Stays as it is: Drop the old index',
    )
    expect(ops).toContain('Still open: maintenance')
    expect(`${text}${ops}`).not.toMatch(/as before|carried out/)
  })

  test('waits for nobody about a step of the plan that failed before it', () => {
    const c = toCopy()
    c.by(ANA, { type: 'run', step: 'copy' })
    c.work('copy', { outcome: 'failed', exit: 3 })
    expect(shown(c, 'board')).toMatch(/Waiting for .*Copy the data \(✗ FAILED\)/)
    rollBack(c)

    expect(shown(c, 'board')).toMatch(/Waiting for .*tell-all/)
    expect(shown(c, 'board')).not.toContain('Copy the data (')
  })
})

describe('a step that nobody knows the end of', () => {
  test('says nothing of the attempt before, and offers first what was seen', () => {
    const c = toCopy()
    c.by(ANA, { type: 'run', step: 'copy' })
    c.work('copy', { outcome: 'failed', error: { message: 'a lock', hint: '', changed: '' } })
    c.by(ANA, { type: 'retry', step: 'copy', reason: 'the lock is gone' })
    c.by(BEN, { type: 'retry', step: 'copy', reason: '' })
    const attempt = c.begin('copy')
    c.worker({ type: 'report unknown', attempt, why: 'The host was restarted.' })
    c.advance()

    const text = shown(c, 'need/copy/2')
    expect(text).toContain('Copy the data — UNKNOWN. The host was restarted.')
    expect(text).not.toContain('a lock')
    expect(text).toContain('confirms.\n[It succeeded…]\n[It failed…]\n[Try again…]')
  })

  test('and was declared failed leaves a line that says so', () => {
    const c = toCopy()
    c.by(ANA, { type: 'run', step: 'copy' })
    const attempt = c.begin('copy')
    c.worker({ type: 'report unknown', attempt, why: 'The host was restarted.' })
    c.by(ANA, { type: 'mark', step: 'copy', outcome: 'failed', reason: 'the target is empty' })
    c.by(BEN, { type: 'mark', step: 'copy', outcome: 'failed', reason: '' })
    rollBack(c)

    expect(shown(c, 'need/copy/1', { posted: ['need/copy/1'] })).toMatch(
      new RegExp(`^✗ Declared failed by <@${BEN}>.*Copy the data: the target is empty`),
    )
  })
})

describe('the board', () => {
  test('names who could not go on without Slack, quietly, and only before it begins', () => {
    const c = atStart(aPlan().phase('p', at(0)).do('stop', { undo: 'do' }).build())
    const none = shown(c, 'board', { loggedIn: new Set() })
    expect(none).toContain(`No CLI login yet: <@${ANA}>, <@${BEN}>, <@${CAI}> (\`cutover login\`)`)
    expect(shown(c, 'board', { loggedIn: new Set([ANA]) })).toContain(
      `No CLI login yet: <@${BEN}>, <@${CAI}> (`,
    )
    expect(shown(c, 'board', { loggedIn: new Set([ANA, BEN, CAI]) })).not.toContain('No CLI login')

    c.tick(ANA, 'stop')
    expect(shown(c, 'board', { loggedIn: new Set() })).not.toContain('No CLI login')
  })

  test('lists open issues with the way to close them, and forgets closed ones', () => {
    const c = toGate()
    for (const text of ['one', 'two', 'three', 'four']) c.by(ANA, { type: 'issue', text })
    const text = shown(c, 'board')
    expect(text).toContain('Issues  4 open')
    expect(text).toContain(`• four — <@${ANA}>`)
    expect(text).not.toContain('• one')
    const [close] = buttons(c, 'board').filter(({ action }) => action === 'cutover.close-issue')

    expect(close?.value?.part).toBe(c.state.issues.at(-1)?.id)
    for (const { id } of c.state.issues) c.by(BEN, { type: 'close issue', issue: id })
    expect(shown(c, 'board')).not.toContain('Issues')
  })
})

describe('the criteria of a gate', () => {
  const gate = () =>
    aPlan()
      .phase('p', at(0))
      .check('answers', { title: 'PostgreSQL answers' })
      .check('disk', { title: 'Free disk', critical: true })
      .decide('go', {
        criteria: [onStep('answers'), confirmation('quiet', 'lead'), onStep('disk')],
        approvers: { lead: 1 },
      })
      .do('end', { undo: 'do' })

  test('stand in the order of the runbook, each with what it waits for, and long evidence is cut', () => {
    const c = atStart(gate().build())
    c.work('answers', {
      summary: `1 row: PostgreSQL 15.18 on x86_64-pc-linux-gnu, ${'compiled '.repeat(20)}`,
    })
    c.work('disk', { summary: '40 % free' })
    const lines = shown(c, 'gate/go/1').split('\n')

    const [answers = '', quiet, confirm, disk] = lines.slice(
      lines.findIndex((one) => one.startsWith('✓ met')),
    )
    expect(answers).toMatch(/^✓ met {2}PostgreSQL answers · 1 row: PostgreSQL 15\.18.*… · just now$/)
    expect(answers.length).toBeLessThan(125)
    expect(quiet).toContain('· open  quiet')
    expect(confirm).toBe('[Confirm]')
    expect(disk).toContain('✓ met  Free disk')
  })

  test('are taken back and overridden by one button each, beside NO-GO and behind it', () => {
    const c = atStart(gate().build())
    c.work('answers')
    c.work('disk')
    c.by(ANA, { type: 'confirm', gate: 'go', criterion: 'quiet' })
    expect(shown(c, 'gate/go/1')).toMatch(/\[GO\]\n\[NO-GO…\]\n\[Take back…\]$/)

    c.by(ANA, { type: 'run', step: 'answers' })
    c.work('answers', { verdict: 'red', summary: 'no answer' })
    expect(shown(c, 'gate/go/1')).toMatch(
      /✗ NOT MET {2}PostgreSQL answers · no answer.*\n\[Look again\][^]*\[NO-GO…\]\n\[Override…\]\n\[Take back…\]$/,
    )
  })

  test('say who wants to go on from red where that takes two', () => {
    const c = atStart(gate().build())
    c.work('answers')
    c.work('disk')
    c.by(ANA, { type: 'run', step: 'disk' })
    c.work('disk', { verdict: 'red', summary: '18 % free' })
    c.by(ANA, { type: 'override', gate: 'go', step: 'disk', reason: 'a disk is coming' })

    expect(shown(c, 'gate/go/1')).toContain(
      `<@${ANA}> wants to override it: a disk is coming. A second person must confirm.`,
    )
    c.by(BEN, { type: 'override', gate: 'go', step: 'disk', reason: '' })
    expect(shown(c, 'gate/go/1')).toContain(`! overridden  Free disk · 18 % free`)
  })
})

describe('a hold', () => {
  test('without a word can be given its reason afterwards, for everybody to see', () => {
    const c = toCopy()
    c.by(BEN, { type: 'hold' })
    const key = messages(c).find((one) => one.key.startsWith('held/'))?.key ?? ''
    expect(shown(c, key)).toContain('[Resume…]\n[Add why…]')
    c.now += MINUTE
    c.by(BEN, { type: 'note', text: 'smoke in the server room' })

    expect(shown(c, key)).toMatch(new RegExp(`<@${BEN}> .*: smoke in the server room`))
  })
})
