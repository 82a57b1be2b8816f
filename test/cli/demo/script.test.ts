import { describe, expect, it } from 'vitest'
import { ACTIONS } from '../../../src/bot/ids.ts'
import type { ShownButton, ShownMessage } from '../../../src/cli/demo/people/control.ts'
import { nextAct, type Story } from '../../../src/cli/demo/people/script.ts'

const nameOf = new Map([
  ['UANA', 'ana'],
  ['UGIO', 'giorgi'],
  ['UNIN', 'nino'],
])

function button(action: string, about = ''): ShownButton {
  return { action, label: action, block: 'b', about }
}

function message(raw: string, ...buttons: readonly ShownButton[]): ShownMessage {
  return { ts: raw.slice(0, 20), from: 'cutover', raw, text: raw, buttons, replies: [] }
}

function next(messages: readonly ShownMessage[], story: Story = 'happy') {
  const act = nextAct(messages, { story, nameOf })
  return act && [act.who, act.button.action]
}

const board = message('*Ward OPS* waits for <@UANA>', button(ACTIONS.hold), button(ACTIONS.rollback))
const GATE = '<@UANA> <@UGIO> Go or no-go?'

describe('what the three people of the demo do', () => {
  it('is nothing while no message begins with one of their names', () => {
    expect(next([board, message('✓ Done by <@UANA>')])).toBeUndefined()
  })

  it('is what the newest message that asks for somebody wants', () => {
    const older = message('<@UANA> Please see to “one”.', button(ACTIONS.tick))
    const newer = message('<@UGIO> Please see to “two”.', button(ACTIONS.items), button(ACTIONS.tickFailed))

    expect(next([board, older, newer])).toEqual(['giorgi', ACTIONS.items])
    expect(next([board, older])).toEqual(['ana', ACTIONS.tick])
  })

  it('is to confirm at a gate what their role confirms', () => {
    const confirm = button(ACTIONS.confirm, '· open *Told* (<@UNIN> confirms)')

    expect(next([message(GATE, confirm, button(ACTIONS.noGo))])).toEqual(['nino', ACTIONS.confirm])
  })

  it('is one GO after the other, and none while a criterion is not met', () => {
    const go = button(ACTIONS.go)

    expect(next([message(GATE, go)])).toEqual(['ana', ACTIONS.go])
    expect(next([message(`${GATE}\nGO <@UANA> as lead 10:00`, go)])).toEqual(['giorgi', ACTIONS.go])
    expect(next([message(`${GATE}\n✗ NOT MET *PostgreSQL answers*`, go)])).toBeUndefined()
  })

  it('is a NO-GO by the observer where the story wants it', () => {
    expect(next([message(GATE, button(ACTIONS.go), button(ACTIONS.noGo))], 'no-go')).toEqual([
      'giorgi',
      ACTIONS.noGo,
    ])
  })

  it('is to turn back when the comparison fails in the story of the rollback, and to try again otherwise', () => {
    const failed = message(
      '<@UGIO> “Compare” stopped.\n<@UGIO>  *Compare — FAILED*',
      button(ACTIONS.retry),
      button(ACTIONS.rollback),
    )

    expect(next([failed], 'rollback')).toEqual(['ana', ACTIONS.rollback])
    expect(next([failed])).toEqual(['ana', ACTIONS.retry])
  })
})
