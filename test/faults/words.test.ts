import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { expect } from 'vitest'
import { desired } from '../../src/bot/projection/desired.ts'
import { makeRecords } from '../../src/cli/serve/records.ts'
import { makeProgressBoard } from '../../src/postgres/progress.ts'
import { person } from '../support/cutover.ts'
import { ANA, aPlan } from '../support/plans.ts'
import { effect, runsOf } from './support/effects.ts'
import { fault } from './support/fault.ts'
import type { Rig } from './support/rig.ts'

const SECRET = 'pä$$/w0rd+&= x'
const bytes = Buffer.from(SECRET)
/** The secret in each form in which a program may print it. */
const FORMS = [
  SECRET,
  encodeURIComponent(SECRET),
  JSON.stringify(SECRET).slice(1, -1),
  bytes.toString('hex'),
  bytes.toString('base64').slice(0, 16),
  Buffer.from(`x${SECRET}`).toString('base64').slice(4, 16),
]

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

/** Every column of every table of the log and the queue, the masked output unpacked. */
async function databaseText({ pool, log }: Rig, cutover: string): Promise<string> {
  const tables = await pool.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema in ('cutover', 'cutover_queue')`,
  )
  const texts: string[] = []
  for (const { name } of tables.rows)
    texts.push(JSON.stringify((await pool.query(`select * from ${name}`)).rows))
  for (const attempt of Object.keys((await log.load(cutover))!.state.attempts)) {
    const output = await makeProgressBoard(pool).output(attempt)
    if (output) texts.push(gunzipSync(output).toString())
  }
  return texts.join('\n')
}

fault('T35', 'a secret is printed in every form, split, and in an error', async (rig) => {
  const worker = await rig.worker({ secrets: { PASSWORD: SECRET } })
  const script = `
    echo "raw $S"; node -p 'encodeURIComponent(process.env.S)'; printf %s "$S" | base64; printf %s "x$S" | base64
    node -p 'JSON.stringify(process.env.S)'; printf %s "$S" | od -An -tx1 | tr -d ' \\n'; echo
    printf %s "\${S:0:6}"; sleep 0.7; echo "\${S:6}"; echo "$S" >&2; node -e 'throw new Error(process.env.S)'`
  const argv = ['bash', '-c', script]
  const env = { S: { $: 'secret', name: 'PASSWORD' } } as const
  const cutover = await rig.open(
    aPlan().run('copy', { begin: 'auto', work: { uses: 'command', with: { argv, env } } }),
  )
  const attempt = await rig.running(cutover)
  const argvs = [readFileSync(`/proc/${rig.pidsOf(attempt).child.pid}/cmdline`, 'utf8')]
  await rig.until(cutover, ({ steps }) => steps['copy']?.status === 'failed')
  await expect.poll(() => databaseText(rig, cutover)).toContain('raw ')

  const exported = await makeRecords({ pool: rig.pool, names: () => new Map() }).exported(cutover)
  const places: readonly (readonly [name: string, text: string])[] = [
    ['the log', await databaseText(rig, cutover)],
    ['the worker’s own log', worker.output()],
    ['the export', JSON.stringify(exported)],
    ['Slack', await slackText(rig, cutover)],
    ['the argv', argvs.join('\n')],
  ]
  for (const [, text] of places) expect(text.length).toBeGreaterThan(20)
  const found = places.flatMap(([name, text]) =>
    FORMS.filter((form) => text.includes(form)).map((form) => `${name} has ${form}`),
  )
  expect(found).toEqual([])
})

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
