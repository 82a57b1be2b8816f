import { describe, expect, test } from 'vitest'
import { stepButtons } from '../../src/bot/views/buttons.ts'
import { blockedMessage, unblockedMessage } from '../../src/bot/views/blocker-message.ts'
import { needMessages } from '../../src/bot/projection/desired-needs.ts'
import { commandOf } from '../../src/bot/listeners/person-command.ts'
import { decodeValue, isAction } from '../../src/bot/ids.ts'
import type { Blocker } from '../../src/domain/state.ts'
import { BLOCKER } from '../support/blocker.ts'
import { Cutover } from '../support/cutover.ts'
import { ANA, aPlan, at } from '../support/plans.ts'

const plan = aPlan().phase('move', at(-120)).run('migrate', { by: 'observer', begin: 'auto' }).build()
const attempt = 'c1.migrate.1'

function blocked(more: Partial<Blocker> = {}): Cutover {
  const cutover = new Cutover(plan)
  cutover.advance()
  cutover.begin('migrate')
  cutover.worker({ type: 'report blocked', attempt, blocker: { ...BLOCKER, ...more } })
  return cutover
}

const buttonOf = (c: Cutover) => stepButtons(c.state, 'migrate').find(({ text }) => /blocker/.test(text.text))

describe('a run that waits for a lock', () => {
  test('has a message with who holds it, until it waits no more', () => {
    const c = blocked()
    const keys = needMessages(c.state, new Set()).map(({ key }) => key)
    expect(keys).toContain('blocked/migrate/1')
    expect(JSON.stringify(blockedMessage(c.state, 'migrate').blocks)).toContain(
      'held by *pid 4121 (reporting, report, idle in transaction, 6 min)*',
    )
    c.worker({ type: 'report unblocked', attempt })
    expect(needMessages(c.state, new Set()).map(({ key }) => key)).not.toContain('blocked/migrate/1')
    expect(unblockedMessage(c.state, 'migrate').text).toContain('waits for no lock any more')
  })

  test('offers to end a session that runs no query, and to cancel the query of one that does', () => {
    const idle = buttonOf(blocked())
    expect(idle?.text.text).toBe('End the blocker’s session…')
    expect(JSON.stringify(idle?.confirm)).toContain(
      'pid 4121 (reporting, report, idle in transaction, 6 min)',
    )
    const c = blocked({ state: 'active' })
    expect(buttonOf(c)?.text.text).toBe('Ask the blocker to stop…')
    c.by(ANA, { type: 'unblock', step: 'migrate', pid: 4121, how: 'cancel' })
    c.worker({ type: 'begin unblock', attempt, pid: 4121 })
    c.worker({ type: 'report unblock', attempt, pid: 4121, freed: false, result: 'pid 4121 still holds' })
    expect(buttonOf(c)?.text.text).toBe('End the blocker’s session…')
    expect(JSON.stringify(blockedMessage(c.state, 'migrate').blocks)).toContain('asked pid 4121 to stop')
  })

  test('says by its button which session is meant', () => {
    const button = buttonOf(blocked())
    const value = decodeValue(button?.value)
    const action = button?.action_id?.split('/')[0] ?? ''
    expect(isAction(action)).toBe(true)
    expect(value && isAction(action) && commandOf(action, value)).toEqual({
      type: 'unblock',
      step: 'migrate',
      pid: 4121,
      how: 'end',
    })
  })

  test('still names it after it failed by the wait', () => {
    const c = blocked()
    c.end('migrate', { outcome: 'failed', summary: 'canceling statement due to lock timeout' })
    const [need] = needMessages(c.state, new Set()).filter(({ key }) => key.startsWith('need/migrate'))
    expect(JSON.stringify(need?.content.blocks)).toContain('It waited for orders, held by')
    expect(buttonOf(c)).toBeDefined()
  })
})
