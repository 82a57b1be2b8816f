import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { handleCommand } from '../../src/app/handle-command.ts'
import type { Plan } from '../../src/domain/plan.ts'
import { sessionMembers } from '../../src/process/runner.ts'
import { person } from '../support/cutover.ts'
import { startInstallation, type Installation } from '../support/installation.ts'
import { opening } from '../support/opened.ts'
import { ANA, aPlan } from '../support/plans.ts'
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts'

const SECRET = 'pä$$/w0rd+&= x'

let installation: Installation
let workers: WorkerProcess[] = []

beforeAll(async () => {
  installation = await startInstallation()
})
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.kill()))
  workers = []
})
afterAll(() => installation.stop())

async function aWorker(): Promise<WorkerProcess> {
  const { url, folder } = installation
  const worker = await startWorkerProcess({ url, folder, secrets: { PASSWORD: SECRET } })
  workers.push(worker)
  return worker
}

const bash = (script: string, extra: object = {}): Plan =>
  aPlan()
    .run('copy', {
      begin: 'auto',
      work: { uses: 'command', with: { argv: ['bash', '-c', script] } },
      ...extra,
    })
    .with({ live: false, environment: 'staging', targets: {} })
    .build()

/** Ten times a second for `seconds`; what happened to the world is in `effects`. */
const slow = (name: string, seconds: number): string =>
  `echo start >> ${name}; for i in $(seq ${seconds * 10}); do echo line $i; sleep 0.1; done; echo end >> ${name}`

const effects = (name: string): string => readFileSync(join(installation.folder, name), 'utf8')

async function typesOf(cutover: string): Promise<readonly string[]> {
  return (await installation.log.events(cutover)).map((event) => event.type)
}

/** Waits until the step runs; gives the attempt. */
async function running(cutover: string): Promise<string> {
  const state = await installation.until(cutover, ({ attempts }) =>
    Object.values(attempts).some((attempt) => attempt.status === 'running'),
  )
  return Object.values(state.attempts).find((attempt) => attempt.status === 'running')!.id
}

function pidsOf(attempt: string): { runner: number; child: { pid: number; startTime: string } } {
  const file = join(installation.folder, 'spool', 'attempts', attempt, 'pid.json')
  const { runner, child } = JSON.parse(readFileSync(file, 'utf8'))
  return { runner: runner.pid, child }
}

/** A member of the session may end by itself as soon as another one is gone. */
function killed(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

describe('kill -9 of the worker while a step runs', () => {
  it('leaves the step running; the next worker adopts it within 10 s and the log says so', async () => {
    const first = await aWorker()
    const cutover = await opening(installation.log, bash(slow('adopted', 6)))
    const attempt = await running(cutover)

    await first.kill()
    const before = performance.now()
    await aWorker()

    await expect.poll(() => typesOf(cutover), { timeout: 10_000 }).toContain('attempt adopted')
    expect(performance.now() - before).toBeLessThan(10_000)
    const state = await installation.until(cutover, ({ steps }) => steps['copy']?.status === 'done')
    expect(Object.keys(state.attempts)).toEqual([attempt])
    expect(effects('adopted')).toBe('start\nend\n')
  })

  it('and of its runner and its command: nobody can tell how far it came, and the step asks', async () => {
    const first = await aWorker()
    const cutover = await opening(installation.log, bash(slow('lost', 60)))
    const attempt = await running(cutover)
    const { runner, child } = pidsOf(attempt)

    await first.kill()
    process.kill(runner, 'SIGKILL')
    for (const { pid } of sessionMembers(child)) killed(pid)
    const before = performance.now()
    await aWorker()

    const state = await installation.until(
      cutover,
      ({ steps }) => steps['copy']?.status === 'unknown',
      30_000,
    )
    expect(performance.now() - before).toBeLessThan(30_000)
    expect(state.attempts[attempt]?.status).toBe('unknown')
    await new Promise((resolve) => setTimeout(resolve, 2000))
    const later = (await installation.log.load(cutover))!.state
    expect(Object.keys(later.attempts)).toEqual([attempt])
    expect(effects('lost')).toBe('start\n')
  })

  it('for longer than 30 s leaves it unobserved, and it is seen again when a worker is back', async () => {
    const first = await aWorker()
    const cutover = await opening(installation.log, bash(slow('unseen', 8)))
    const attempt = await running(cutover)
    await first.kill()
    await installation.pool.query(`update cutover.pool set seen_at = now() - interval '31 seconds'`)
    const unseen = await installation.until(cutover, ({ steps }) => steps['copy']?.status === 'unknown')
    expect(unseen.attempts[attempt]?.status).toBe('unobserved')

    await aWorker()

    await installation.until(cutover, ({ steps }) => steps['copy']?.status === 'active')
    await installation.until(cutover, ({ steps }) => steps['copy']?.status === 'done')
    expect(effects('unseen')).toBe('start\nend\n')
  })

  it('between claim and spawn: the attempt is taken back and given out anew', async () => {
    const { pool, log } = installation
    await pool.query(`
      create function linger() returns trigger language plpgsql as $$ begin perform pg_sleep(20); return new; end $$;
      create trigger linger before insert on cutover.event for each row
        when (new.type = 'attempt spawning') execute function linger();`)
    const first = await aWorker()
    const cutover = await opening(log, bash('echo start >> between'))
    await expect
      .poll(
        async () => (await pool.query(`select from pg_stat_activity where wait_event = 'PgSleep'`)).rowCount,
        { timeout: 20_000 },
      )
      .toBe(1)

    await first.kill()
    await pool.query(`select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'`)
    await pool.query('drop trigger linger on cutover.event')
    expect(Object.values((await log.load(cutover))!.state.attempts)).toMatchObject([{ status: 'claimed' }])
    await aWorker()
    await pool.query(
      `update cutover.ticket set changed_at = now() - interval '31 seconds' where status = 'claimed'`,
    )

    const state = await installation.until(cutover, ({ steps }) => steps['copy']?.status === 'done')
    expect(Object.values(state.attempts).map(({ status }) => status)).toEqual(['revoked', 'ended'])
    expect(effects('between')).toBe('start\n')
  })
})

describe('a worker that is told to stop', () => {
  it('ends at once with 0; its step goes on', async () => {
    const first = await aWorker()
    const cutover = await opening(installation.log, bash(slow('told', 4)))
    await running(cutover)
    const before = performance.now()
    expect(await first.stop()).toBe(0)
    expect(performance.now() - before).toBeLessThan(5000)
    await aWorker()
    await installation.until(cutover, ({ steps }) => steps['copy']?.status === 'done')
    expect(effects('told')).toBe('start\nend\n')
  })
})

describe('a step', () => {
  it('past its timeout asks, and goes on', async () => {
    await aWorker()
    const plan = bash(slow('late', 3), { timeout: { afterMs: 1000, then: 'ask' } })
    const cutover = await opening(installation.log, plan)
    const asked = await installation.until(cutover, ({ steps }) => steps['copy']?.timedOut === true)
    expect(Object.values(asked.attempts)).toMatchObject([{ status: 'running' }])
    expect(Object.values(asked.attempts)[0]?.cancelRequested).toBeUndefined()
    await installation.until(cutover, ({ steps }) => steps['copy']?.status === 'done')
    expect(effects('late')).toBe('start\nend\n')
  })

  it('does not begin while no serve was seen for 15 s, and begins by itself when serve is back', async () => {
    const { log, pool, until, pauseServe, resumeServe } = installation
    const cutover = await opening(log, bash('echo start >> waited'))
    await until(cutover, ({ attempts }) => Object.keys(attempts).length === 1)
    await new Promise((resolve) => setTimeout(resolve, 300))
    await pauseServe()
    await pool.query(`update cutover.serve set seen_at = now() - interval '16 seconds'`)
    await aWorker()
    await until(cutover, ({ attempts }) => Object.values(attempts)[0]?.status === 'claimed')
    await new Promise((resolve) => setTimeout(resolve, 2000))
    expect(await typesOf(cutover)).not.toContain('attempt spawning')

    // It is as if serve had been away for half a minute.
    await pool.query(
      `update cutover.ticket set changed_at = now() - interval '31 seconds' where status = 'claimed'`,
    )
    resumeServe()
    await until(cutover, ({ steps }) => steps['copy']?.status === 'done')
    expect(effects('waited')).toBe('start\n')
  })

  it('that prints a secret, in whatever form, brings it nowhere into the log', async () => {
    await aWorker()
    const script = `
      echo "raw $S"; node -p 'encodeURIComponent(process.env.S)'; printf %s "$S" | base64; printf %s "x$S" | base64
      node -p 'JSON.stringify(process.env.S)'; printf %s "$S" | od -An -tx1 | tr -d ' \\n'; echo
      printf %s "\${S:0:6}"; sleep 0.7; echo "\${S:6}"; echo "$S" >&2; exit 3`
    const plan = aPlan()
      .run('copy', {
        begin: 'auto',
        work: {
          uses: 'command',
          with: { argv: ['bash', '-c', script], env: { S: { $: 'secret', name: 'PASSWORD' } } },
        },
      })
      .with({ live: false, environment: 'staging', targets: {} })
      .build()
    const cutover = await opening(installation.log, plan)
    await installation.until(cutover, ({ steps }) => steps['copy']?.status === 'failed')
    await expect
      .poll(async () => (await installation.pool.query('select tail from cutover.progress')).rows)
      .toEqual(expect.arrayContaining([{ tail: expect.stringContaining('raw ') }]))

    const everything = await allText(installation)
    const bytes = Buffer.from(SECRET)
    const forms = [
      SECRET,
      encodeURIComponent(SECRET),
      JSON.stringify(SECRET).slice(1, -1),
      bytes.toString('hex'),
      bytes.toString('base64').slice(0, 16),
      Buffer.from(`x${SECRET}`).toString('base64').slice(4, 16),
    ]
    for (const form of forms) expect(everything).not.toContain(form)
  })
})

/** Every column of every table of the log, the masked output unpacked. */
async function allText({ pool, log }: Installation): Promise<string> {
  const { makeProgressBoard } = await import('../../src/postgres/progress.ts')
  const { gunzipSync } = await import('node:zlib')
  const tables = await pool.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema in ('cutover', 'cutover_queue')`,
  )
  const texts: string[] = []
  for (const { name } of tables.rows) {
    texts.push(JSON.stringify((await pool.query(`select * from ${name}`)).rows))
  }
  for (const { id } of await log.list()) {
    for (const attempt of Object.keys((await log.load(id))!.state.attempts)) {
      const output = await makeProgressBoard(pool).output(attempt)
      if (output) texts.push(gunzipSync(output).toString())
    }
  }
  return texts.join('\n')
}

describe('a cancel', () => {
  it('ends the whole process group and the sessions on its targets, though the program ignores signals', async () => {
    await aWorker()
    const { server, log, until } = installation
    const target = await server.createDatabase('target')
    const script = `trap '' INT TERM; echo go; (sleep 300 &) ; psql -c 'select pg_sleep(300)'; sleep 300`
    const plan = aPlan()
      .run('copy', {
        begin: 'auto',
        work: {
          uses: 'command',
          with: { argv: ['bash', '-c', script], env: { target: { $: 'target', name: 'main' } } },
        },
      })
      .with({
        live: false,
        environment: 'staging',
        targets: { main: { name: 'main', kind: 'postgres', locator: target } },
      })
      .build()
    const cutover = await opening(log, plan)
    const attempt = await running(cutover)
    const { child } = pidsOf(attempt)
    const client = await server.connect(target)
    const sessions = async () =>
      (await client.query(`select from pg_stat_activity where application_name like $1`, [`%${attempt}%`]))
        .rowCount
    await expect.poll(sessions, { timeout: 10_000 }).toBe(1)

    await handleCommand(
      log,
      cutover,
      { type: 'cancel', step: 'copy', reason: 'enough' },
      { actor: person(ANA) },
    )

    const state = await until(cutover, ({ attempts }) => attempts[attempt]?.status === 'ended', 40_000)
    expect(state.attempts[attempt]).toMatchObject({ outcome: 'cancelled' })
    expect(await sessions()).toBe(0)
    expect(sessionMembers(child)).toEqual([])
  })

  it('ends a query that no signal reaches within moments, for its program may wait in a library', async () => {
    await aWorker()
    const { server, log } = installation
    const target = await server.createDatabase('elsewhere')
    const plan = aPlan()
      .run('copy', {
        begin: 'auto',
        work: {
          uses: 'command',
          with: {
            argv: ['setsid', '--wait', 'psql', '-c', 'select pg_sleep(300)'],
            env: { target: { $: 'target', name: 'main' } },
          },
        },
      })
      .with({
        live: false,
        environment: 'staging',
        targets: { main: { name: 'main', kind: 'postgres', locator: target } },
      })
      .build()
    const cutover = await opening(log, plan)
    const attempt = await running(cutover)
    const client = await server.connect(target)
    const sessions = async () =>
      (await client.query(`select from pg_stat_activity where application_name like $1`, [`%${attempt}%`]))
        .rowCount
    await expect.poll(sessions, { timeout: 10_000 }).toBe(1)

    const actor = { actor: person(ANA) }
    await handleCommand(log, cutover, { type: 'cancel', step: 'copy', reason: 'enough' }, actor)

    await expect.poll(sessions, { timeout: 2500, interval: 50 }).toBe(0)
  })
})
