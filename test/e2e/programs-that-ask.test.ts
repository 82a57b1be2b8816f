import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { handleCommand } from '../../src/app/handle-command.ts'
import type { Argument, Plan } from '../../src/domain/plan.ts'
import type { AttemptState } from '../../src/domain/state.ts'
import { sessionMembers } from '../../src/process/runner.ts'
import { readAttempt } from '../../src/process/evidence.ts'
import { person } from '../support/cutover.ts'
import { startInstallation, type Installation } from '../support/installation.ts'
import { opening } from '../support/opened.ts'
import { ANA, aPlan } from '../support/plans.ts'
import { libpq, NO_BYTECODE, PYTHON, python } from '../support/python.ts'
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts'

const SECRET = 'correct horse'

let installation: Installation
let worker: WorkerProcess
beforeAll(async () => {
  installation = await startInstallation()
  const { url, folder } = installation
  worker = await startWorkerProcess({ url, folder, secrets: { PASSWORD: SECRET } })
})
afterAll(async () => {
  await worker?.kill()
  await installation?.stop()
})

const asking = (script: string, more: Readonly<Record<string, Argument>>): Plan =>
  aPlan()
    .run('copy', {
      begin: 'auto',
      work: { uses: 'command', with: { argv: ['bash', '-c', script], ...more } },
    })
    .with({ live: false, environment: 'staging', targets: {}, secrets: ['PASSWORD'] })
    .build()

/** Waits until the one attempt of the cutover is as wanted. */
async function attemptOf(cutover: string, says: (attempt: AttemptState) => boolean): Promise<AttemptState> {
  const { attempts } = await installation.until(cutover, (state) => Object.values(state.attempts).some(says))
  const [attempt] = Object.values(attempts)
  if (attempt === undefined) throw new Error('there is no attempt')
  return attempt
}

const hasEnded = ({ status }: AttemptState): boolean => status === 'ended'

async function membersOf(attempt: string) {
  const { started } = await readAttempt(join(installation.folder, 'spool', 'attempts', attempt))
  return started === null ? [] : sessionMembers(started.child)
}

/** Django's migrations from 0002 on, by the worker, on a database of their own whose table of units is locked. */
async function migratingUnits(name: string): Promise<string> {
  const url = await installation.server.createDatabase(name)
  const project = resolve('runbooks/django-production/demo')
  python([PYTHON ?? '', 'manage.py', 'migrate', 'building', '0003'], { cwd: project, env: libpq(url) })
  const other = await installation.server.connect(url)
  await other.query('begin; lock table building_unit in access exclusive mode')
  const input = {
    target: { $: 'target', name: 'main' },
    argv: [PYTHON ?? '', 'manage.py'],
    cwd: project,
    env: NO_BYTECODE,
    lock_timeout: '60s',
  } as const
  const plan = aPlan()
    .run('copy', { begin: 'auto', work: { uses: 'django.migrate', with: input } })
    .with({
      live: false,
      environment: 'staging',
      targets: { main: { name: 'main', kind: 'postgres', locator: url } },
    })
    .build()
  return opening(installation.log, plan)
}

describe('a program under a worker', () => {
  it('is answered on its terminal; question and answer are events, and a secret answer stays one', async () => {
    const script = 'printf "Password: " >/dev/tty; read -r p </dev/tty; [ ${#p} = 13 ] && exit 5'
    const cutover = await opening(
      installation.log,
      asking(script, {
        tty: true,
        answers: [{ prompt: 'Password:', send: { $: 'secret', name: 'PASSWORD' } }],
      }),
    )
    const attempt = await attemptOf(cutover, hasEnded)

    expect(attempt).toMatchObject({
      outcome: 'failed',
      exit: 5,
      questions: [{ n: 1, prompt: 'Password:', then: 'answered', answer: '[masked]' }],
    })
    expect(JSON.stringify(await installation.log.events(cutover))).not.toContain(SECRET)
  })

  it('that asks what nobody foresaw is told within ten seconds, and is really stopped by a cancel', async () => {
    const script =
      'trap "" HUP; echo "Loading"; printf "Overwrite? " >/dev/tty; read -r a </dev/tty; echo "$a"'
    const cutover = await opening(installation.log, asking(script, { tty: true }))
    const running = await attemptOf(cutover, ({ runningAt }) => runningAt !== undefined)
    const waiting = await attemptOf(cutover, ({ questions }) => questions !== undefined)
    const [question] = waiting.questions ?? []

    expect(question).toMatchObject({ prompt: 'Overwrite?', then: 'waiting' })
    expect((question?.at ?? Infinity) - (running.runningAt ?? 0)).toBeLessThan(10_000)
    const members = await membersOf(waiting.id)
    expect(members.map(({ name }) => name)).toContain('bash')
    const cancel = { type: 'cancel', step: 'copy', reason: 'not foreseen' } as const
    await handleCommand(installation.log, cutover, cancel, { actor: person(ANA) })
    expect(await attemptOf(cutover, hasEnded)).toMatchObject({ outcome: 'cancelled' })
    expect(await membersOf(waiting.id)).toEqual([])
  })

  it.skipIf(PYTHON === undefined)(
    'that migrates and waits for a lock is stopped on the server too',
    async () => {
      const cutover = await migratingUnits('units')
      const waits = `select count(*)::int as n from pg_stat_activity where application_name like 'cutover:%' and wait_event_type = 'Lock'`
      await expect
        .poll(async () => (await installation.pool.query(waits)).rows[0]?.n, { timeout: 30_000 })
        .toBe(1)
      const cancel = { type: 'cancel', step: 'copy', reason: 'it takes too long' } as const
      await handleCommand(installation.log, cutover, cancel, { actor: person(ANA) })
      const attempt = await attemptOf(cutover, hasEnded)

      expect(attempt).toMatchObject({
        outcome: 'cancelled',
        error: { changed: 'nothing of building.0004_floor_from_label was applied; none of this step is in' },
        parts: [
          { name: 'building.0004_floor_from_label', outcome: 'failed' },
          { name: 'building.0005_unit_label_once_per_building', outcome: 'not run' },
          { name: 'building.0006_unit_by_floor', outcome: 'not run' },
        ],
      })
      expect(await membersOf(attempt.id)).toEqual([])
      expect((await installation.pool.query(waits)).rows[0]?.n).toBe(0)
    },
  )

  it('goes down with the process between it and the runner, whatever it ignores', async () => {
    const script = 'trap "" HUP INT TERM; echo up; while :; do sleep 0.2; done'
    const cutover = await opening(installation.log, asking(script, { tty: true }))
    const { id } = await attemptOf(cutover, ({ runningAt }) => runningAt !== undefined)
    const { started } = await readAttempt(join(installation.folder, 'spool', 'attempts', id))
    await expect
      .poll(async () => (await membersOf(id)).some(({ name }) => name === 'bash'), { timeout: 10_000 })
      .toBe(true)
    process.kill(started?.child.pid ?? 0, 'SIGKILL')

    expect(await attemptOf(cutover, hasEnded)).toMatchObject({
      outcome: 'failed',
      summary: 'Ended by SIGKILL.',
    })
    expect(await membersOf(id)).toEqual([])
  })
})
