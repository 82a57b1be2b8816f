import { expect } from 'vitest'
import type { AttemptProgress } from '../../../src/app/ports.ts'
import type { Content } from '../../../src/bot/blocks.ts'
import { decodeValue } from '../../../src/bot/ids.ts'
import { desired } from '../../../src/bot/projection/desired.ts'
import type { DesiredMessage } from '../../../src/bot/projection/kinds.ts'
import { validateBlocks } from '../../../src/workspace/block-limits.ts'
import { totalLength } from '../../../src/workspace/block-limits/whole.ts'
import { anchorsOf, atStart, type Cutover } from '../../support/cutover.ts'
import { ANA, aPlan, at, BEN, CAI, confirmation, MINUTE, onStep, SECOND } from '../../support/plans.ts'

type Progress = ReadonlyMap<string, AttemptProgress>

export function messages(
  c: Cutover,
  options: { posted?: readonly string[]; progress?: Progress; loggedIn?: ReadonlySet<string> } = {},
): readonly DesiredMessage[] {
  const { posted = [], progress = new Map(), loggedIn } = options
  const all = desired(c.state, {
    now: c.now,
    progress,
    posted: new Set(['channel', ...posted]),
    anchors: anchorsOf(c),
    ...(loggedIn === undefined ? {} : { loggedIn }),
  })
  return all.filter((one) => one.kind === 'message')
}

export function shown(c: Cutover, key: string, options: Parameters<typeof messages>[1] = {}): string {
  const found = messages(c, options).find((one) => one.key === key)
  if (found === undefined)
    throw new Error(
      `nothing under ${key}: ${messages(c)
        .map((one) => one.key)
        .join(' ')}`,
    )
  return flat(found.content)
}

/** Every text of the blocks, as it is written, with the labels of buttons in brackets. */
export function flat({ blocks }: Content): string {
  const texts: string[] = []
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(walk)
    if (typeof value !== 'object' || value === null) return
    const { type, text, confirm: _, ...rest } = value as { type?: string; text?: unknown; confirm?: unknown }
    if (type === 'button') texts.push(`[${(text as { text: string }).text}]`)
    else if (typeof text === 'string') texts.push(text)
    else walk(text)
    Object.values(rest).forEach(walk)
  }
  walk(blocks)
  return texts.join('\n').replaceAll('*', '')
}

export const buttons = (
  c: Cutover,
  key: string,
): readonly { action: string; value: ReturnType<typeof decodeValue> }[] => {
  const found: { action: string; value: ReturnType<typeof decodeValue> }[] = []
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(walk)
    if (typeof value !== 'object' || value === null) return
    const {
      type,
      action_id: action,
      value: text,
    } = value as { type?: string; action_id?: string; value?: string }
    if (type === 'button') found.push({ action: action ?? '', value: decodeValue(text) })
    Object.values(value).forEach(walk)
  }
  walk(messages(c).find((one) => one.key === key)?.content.blocks)
  return found
}

/** What Slack takes, and room to spare; and never a message without a sentence. */
export function expectWithinLimits(c: Cutover, options: Parameters<typeof messages>[1] = {}): void {
  for (const { key, content } of messages(c, options)) {
    expect(validateBlocks('message', content.blocks), key).toEqual([])
    expect(content.blocks.length, key).toBeLessThanOrEqual(45)
    expect(totalLength(content.blocks), key).toBeLessThanOrEqual(12_000)
    expect(content.text.trim(), key).not.toBe('')
    expect(content.text.length, key).toBeLessThan(4_000)
    // Slack draws these in colour, and large.
    expect(flat(content), key).not.toMatch(/(?![0-9#*])\p{Emoji}/u)
  }
}

/** A night with a step of each kind that people deal with. */
export const night = aPlan()
  .phase('prepare', at(-60))
  .do('announce', { by: 'communicator', help: 'Tell <!channel> & friends' })
  .check('answers')
  .phase('decide', at(-15))
  .decide('go', { title: 'Go or no-go?', criteria: [onStep('answers'), confirmation('no incident', 'lead')] })
  .phase('migrate', at(0))
  .do('stop', { undo: 'do', opens: ['maintenance'], estimate: { lowMs: MINUTE, highMs: 5 * MINUTE } })
  .run('copy', {
    title: 'Copy the data',
    undo: 'run',
    critical: true,
    estimate: { lowMs: MINUTE, highMs: 10 * MINUTE },
  })
  .do('start', { undo: 'do', closes: ['maintenance'] })
  .watch('look')
  .before('do', 'tell-all')
  .with({
    rollback: {
      name: 'shop',
      approvers: {},
      before: ['tell-all'],
      after: [],
      options: [],
      triggers: [{ id: 'broken', text: 'the copy breaks', urgency: 'immediate', steps: ['copy'] }],
    },
  })

export function toGate(): Cutover {
  const c = atStart(night.build())
  c.tick(CAI, 'announce')
  c.work('answers', { summary: '15.18, 4 ms' })
  return c
}

export function toCopy(): Cutover {
  const c = toGate()
  c.by(ANA, { type: 'confirm', gate: 'go', criterion: 'no incident' })
  c.now += SECOND
  c.go(ANA, 'go')
  c.go(BEN, 'go')
  c.work('answers', { summary: '15.18, 4 ms' })
  c.tick(ANA, 'stop')
  return c
}
