import { expect } from 'vitest'
import type { Office } from '../../bot/support/office.ts'
import { startTerminals, type Said } from './terminal.ts'

const said = ({ status, message = '' }: Said): string => `${status} ${message}`

/** A live cutover of the shop whose gate is open, with nothing left but the votes of ana and giorgi. */
export async function atTheGate(
  office: Office,
): Promise<{ readonly cutover: string; readonly channel: string }> {
  const opened = await office.open({ environment: 'production', inMinutes: 8 })
  await office.press('giorgi', opened.channel, 'step.tick', { about: 'told' })
  const terminals = await startTerminals(office)
  const ana = await terminals.of('ana')
  for (const command of [
    { type: 'tick', step: 'counted', result: 'done', fields: { orders: '3' } },
    { type: 'tick', step: 'looked', item: 'left', result: 'done', fields: {} },
    { type: 'tick', step: 'looked', item: 'right', result: 'done', fields: {} },
  ]) {
    // A step falls due when the leader has looked.
    await expect
      .poll(async () => said(await ana.say(opened.cutover, command)), { timeout: 10_000 })
      .toBe('200 ')
  }
  await office.until(opened.cutover, ({ gates }) => gates['go']?.open === true)
  expect(
    await ana.say(opened.cutover, { type: 'confirm', gate: 'go', criterion: 'no-incident' }),
  ).toMatchObject({ status: 200 })
  await terminals.stop()
  return opened
}
