import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { desired } from '../../src/bot/projection/desired.ts'
import { makeProgressBoard } from '../../src/postgres/progress.ts'
import { person } from '../support/cutover.ts'
import { ANA, aPlan } from '../support/plans.ts'
import { effect, runsOf } from './support/effects.ts'
import { fault } from './support/fault.ts'
import type { Rig } from './support/rig.ts'

/** What Slack would be given for a cutover now. */
async function slackText(rig: Rig, cutover: string): Promise<string> {
  const loaded = await rig.log.load(cutover)
  if (loaded === null) throw new Error('there is no such cutover')
  const { state, now } = loaded
  const look = {
    now,
    progress: await makeProgressBoard(rig.pool).of(cutover),
    posted: new Set<string>(),
    anchors: await rig.log.anchors(cutover, state.position),
  }
  return JSON.stringify(desired(state, look))
}

/** A shell, a client of a database, Slack, a terminal and a text column: what each would trip over. */
const HOSTILE = [
  '; rm -rf /',
  '$(touch hostile)',
  '`touch hostile`',
  '--host=evil',
  '<!channel> <@UANA> <http://evil.example|GO>',
  '*bold* _it_ ```code``` & < >',
  '\u202Etxt.exe',
  '\u001b[31mred',
]

fault('T34', 'hostile words from people', async (rig, trial) => {
  await rig.worker()
  const plan = aPlan().do('look').run('copy', effect('hostile'))
  const cutover = await rig.open(plan)
  await rig.until(cutover, ({ steps }) => steps['look']?.status === 'due')
  await rig.does(
    cutover,
    { type: 'tick', step: 'look', result: 'done', fields: {}, note: HOSTILE[0]! },
    person(ANA),
  )
  const attempt = await rig.running(cutover)
  const { child } = rig.pidsOf(attempt)
  const argv = () => readFileSync(`/proc/${child.pid}/cmdline`, 'utf8')
  const before = argv()

  for (const text of HOSTILE) {
    await rig.does(cutover, { type: 'note', text }, person(ANA))
    await rig.does(cutover, { type: 'hold', reason: text }, person(ANA))
    await rig.does(cutover, { type: 'resume' }, person(ANA))
  }
  // A hundred kilobytes are no note.
  const long = await rig.say(cutover, { type: 'note', text: 'long '.repeat(20_000) }, person(ANA))
  expect(long).toMatchObject({ ok: false, refusal: { message: expect.stringContaining('longer than') } })
  // PostgreSQL has no NUL: it is refused or goes, and nothing breaks.
  await rig.say(cutover, { type: 'note', text: 'nul \u0000 nul' }, person(ANA)).catch(() => undefined)

  expect(argv()).toBe(before)
  const notes = (await rig.events(cutover)).flatMap((event) =>
    event.type === 'note added' ? [event.data.text] : [],
  )
  expect(notes).toEqual(expect.arrayContaining(HOSTILE))
  const slack = await slackText(rig, cutover)
  expect(slack).toContain('rm -rf')
  for (const live of ['<!channel>', '<http://evil.example|GO>']) expect(slack).not.toContain(live)
  rig.letEnd('hostile')
  await rig.until(cutover, ({ steps }) => steps['copy']?.status === 'done')
  expect(runsOf(await rig.effects(), `${cutover}.copy`)).toEqual(['start end'])
  trial.runs(HOSTILE.length + 2)
})
