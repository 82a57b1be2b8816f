import { describe, expect, it } from 'vitest'
import {
  actionDetails,
  elementState,
  heldValue,
  ImpossibleChoice,
} from '../../src/workspace/element-values.ts'

const directory = {
  userId: (name: string) => ({ ana: 'U1', nino: 'U2' })[name],
  channelId: (name: string) => ({ ops: 'C1' })[name],
}
const plain = (text: string) => ({ type: 'plain_text', text })
const retry = { text: plain('Retry'), value: 'retry' }
const skip = { text: plain('Skip'), value: 'skip' }
const options = [retry, skip]

describe('what an element holds', () => {
  it.each<[string, object, unknown, unknown]>([
    ['plain_text_input', {}, 'text', 'text'],
    ['number_input', {}, 7, '7'],
    ['number_input', {}, '', null],
    ['static_select', { options }, 'retry', retry],
    ['static_select', { option_groups: [{ label: plain('g'), options }] }, 'Skip', skip],
    ['static_select', { options }, null, null],
    ['radio_buttons', { options }, 'skip', skip],
    ['checkboxes', { options }, ['retry', 'skip'], options],
    ['multi_static_select', { options }, 'retry', [retry]],
    ['users_select', {}, 'ana', 'U1'],
    ['multi_users_select', {}, ['nino', 'ana'], ['U2', 'U1']],
    ['conversations_select', {}, 'ops', 'C1'],
    ['multi_channels_select', {}, [], []],
    ['datepicker', {}, '2026-11-20', '2026-11-20'],
    ['timepicker', {}, '02:30', '02:30'],
    ['datetimepicker', {}, '1800000000', 1_800_000_000],
  ])('%s %o takes %o', (type, more, given, held) => {
    expect(heldValue(elementState({ type, ...more }, given, directory))).toEqual(held)
  })

  it.each<[string, object, unknown]>([
    ['static_select', { options }, 'abort'],
    ['users_select', {}, 'nobody'],
    ['channels_select', {}, 'nowhere'],
    ['datepicker', {}, 'tomorrow'],
    ['timepicker', {}, '25:00'],
    ['datetimepicker', {}, 1.5],
    ['plain_text_input', {}, { a: 1 }],
    ['slider', {}, 1],
  ])('%s %o refuses %o', (type, more, given) => {
    expect(() => elementState({ type, ...more }, given, directory)).toThrow(ImpossibleChoice)
  })

  it('begins with its initial value', () => {
    expect(elementState({ type: 'datepicker', initial_date: '2026-01-01' })).toEqual({
      type: 'datepicker',
      selected_date: '2026-01-01',
    })
    expect(elementState({ type: 'checkboxes', options })).toEqual({
      type: 'checkboxes',
      selected_options: [],
    })
  })
})

describe('what a press says', () => {
  it('of a button is its label and value', () => {
    const button = { type: 'button', action_id: 'go', text: plain('GO'), value: 'v', style: 'primary' }

    expect(actionDetails(button, undefined, directory)).toEqual({
      type: 'button',
      text: plain('GO'),
      value: 'v',
      style: 'primary',
    })
  })

  it('of feedback is the one that was pressed', () => {
    const feedback = {
      type: 'feedback_buttons',
      positive_button: { text: plain('Good'), value: 'good' },
      negative_button: { text: plain('Bad'), value: 'bad' },
    }

    expect(actionDetails(feedback, 'bad', directory)).toMatchObject({ value: 'bad', text: plain('Bad') })
    expect(() => actionDetails(feedback, 'so-so', directory)).toThrow(ImpossibleChoice)
  })
})
