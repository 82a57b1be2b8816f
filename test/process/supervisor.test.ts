import { spawn } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { readAttempt } from '../../src/process/evidence.ts'
import { cancelLocally, holdSpool, readHold, releaseSpool } from '../../src/process/local-acts.ts'
import type { SupervisorReport } from '../../src/process/report.ts'
import { processStart, sessionMembers } from '../../src/process/runner.ts'
import { attemptFolder, prepareAttempt, type Spool } from '../../src/process/spool.ts'
import { startRunner } from '../../src/process/start.ts'
import { superviseSpool, type Supervision, type Supervisor } from '../../src/process/supervisor.ts'
import { aRequest, aSpool, eventually, rawOutput, resultOf } from './support.ts'

const from = process.env
const attempt = 'cutover-1.copy.1'
const supervisors: Supervisor[] = []

afterEach(async () => {
  for (const supervisor of supervisors.splice(0)) await supervisor.stop()
})

interface Told {
  readonly what: keyof SupervisorReport
  readonly attempt: string
  readonly body: unknown
}

/** Everything a supervisor tells, in order. `refuse` makes a call fail, as when the log cannot be reached. */
function aReport(refuse: (told: Told) => boolean = () => false) {
  const told: Told[] = []
  const tell = (what: Told['what']) => async (name: unknown, body?: unknown) => {
    const call = { what, attempt: String(typeof name === 'string' ? name : ''), body: body ?? name }
    if (refuse(call)) throw new Error('the log does not answer')
    told.push(call)
  }
  const report: SupervisorReport = {
    started: tell('started'),
    adopted: tell('adopted'),
    progress: tell('progress'),
    asked: tell('asked'),
    ended: tell('ended'),
    lost: tell('lost'),
    localAct: tell('localAct'),
  }
  const bodies = (what: Told['what']) => told.filter((call) => call.what === what).map(({ body }) => body)
  return {
    told,
    report,
    bodies,
    words: () => told.map(({ what }) => what).filter((what) => what !== 'progress'),
  }
}

function supervise(spool: Spool, options: Partial<Supervision> & Pick<Supervision, 'report'>): Supervisor {
  const supervisor = superviseSpool({
    spool,
    worker: 'worker-1',
    secretsOf: async () => [{ name: 'PASSWORD', value: 'correct-horse' }],
    onTrouble: () => undefined,
    intervalMs: 20,
    ...options,
  })
  supervisors.push(supervisor)
  return supervisor
}

async function started(spool: Spool, argv: readonly string[], name = attempt): Promise<string> {
  const folder = await prepareAttempt(spool, aRequest(argv, { attempt: name }))
  await startRunner(folder, { from })
  return folder
}

describe('the supervisor', () => {
  it('tells start, progress, samples and end of an attempt, masked, each once', async () => {
    const spool = await aSpool()
    const folder = await started(spool, ['sh', '-c', 'echo pw correct-horse; sleep 60'])
    const { report, bodies, words } = aReport()
    const supervisor = supervise(spool, { report })

    appendFileSync(
      join(folder, 'progress.ndjson'),
      '{"done":1,"unit":"rows","at":1}\n{"done":7,"total":9,"unit":"rows","label":"with correct-horse","at":2}\n{"done":8,',
    )
    appendFileSync(
      join(folder, 'samples.ndjson'),
      '{"at":5,"id":"errors","green":true,"answer":"0 % correct-horse"}\nnot json\n{"at":6,"id":"errors","green":false,"answer":"9 %"}\n',
    )
    await eventually(() => bodies('progress').some((body) => JSON.stringify(body).includes('9 %')))
    writeFileSync(
      join(folder, 'facts.json'),
      JSON.stringify({ summary: 'correct-horse went', facts: { file: '/x/correct-horse', rows: 9 } }),
    )
    await supervisor.cancel(attempt, { reason: 'enough', by: 'U1' })
    await resultOf(folder)
    await eventually(() => words().includes('ended'))
    await supervisor.look()

    expect(words()).toEqual(['started', 'ended'])
    const updates = bodies('progress') as { progress: unknown; samples: unknown[] }[]
    expect(updates.at(-1)!.progress).toEqual({
      done: 7,
      total: 9,
      unit: 'rows',
      label: 'with [masked]',
      at: 2,
    })
    expect(updates.flatMap(({ samples }) => samples)).toEqual([
      { at: 5, id: 'errors', green: true, answer: '0 % [masked]' },
      { at: 6, id: 'errors', green: false, answer: '9 %' },
    ])
    expect(bodies('ended')[0]).toMatchObject({
      result: { cancelled: true },
      facts: { summary: '[masked] went', facts: { file: '/x/[masked]', rows: 9 } },
      digest: { lines: 1, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      tail: ['pw [masked]'],
    })
    expect(JSON.stringify(bodies('progress'))).not.toContain('correct-horse')
    expect(existsSync(join(folder, 'request.json'))).toBe(false)
    expect(existsSync(join(folder, 'rc.json'))).toBe(true)
  })

  it('tells what a program asked once and in order, also to the next worker, and masked', async () => {
    const spool = await aSpool()
    const folder = await started(spool, ['sleep', '30'])
    const questions = join(folder, 'questions.ndjson')
    const asked = { at: 5, n: 1, prompt: 'Password?', then: 'answered', answer: 'correct-horse' }
    writeFileSync(questions, `${JSON.stringify(asked)}\n`)
    const first = aReport()
    const supervisor = supervise(spool, { report: first.report })
    await eventually(() => first.words().includes('asked'))
    await supervisor.stop()

    appendFileSync(questions, `${JSON.stringify({ at: 6, n: 2, prompt: 'Sure?', then: 'waiting' })}\n`)
    const second = aReport()
    const next = supervise(spool, { report: second.report, worker: 'worker-2' })
    await eventually(() => second.words().includes('asked'))
    await next.look()
    await next.stop()

    expect(first.bodies('asked')).toEqual([{ ...asked, answer: '[masked]' }])
    expect(second.bodies('asked')).toEqual([{ at: 6, n: 2, prompt: 'Sure?', then: 'waiting' }])
  })

  it('repeats a report until it is accepted, also after a restart, and then never again', async () => {
    const spool = await aSpool()
    const folder = await started(spool, ['true'])
    await resultOf(folder)
    let down = true
    const first = aReport(() => down)
    const troubles: unknown[] = []
    const supervisor = supervise(spool, { report: first.report, onTrouble: (error) => troubles.push(error) })
    await eventually(() => troubles.length > 2)
    await supervisor.stop()
    expect(first.told).toEqual([])
    expect(existsSync(join(folder, 'request.json'))).toBe(true)

    down = false
    const second = aReport()
    const next = supervise(spool, { report: second.report, worker: 'worker-2' })
    await eventually(() => second.words().includes('ended'))
    await next.stop()
    const third = aReport()
    await supervise(spool, { report: third.report, worker: 'worker-3' }).look()

    expect(second.words()).toEqual(['started', 'ended'])
    expect(third.told).toEqual([])
  })

  it('adopts what another worker started, and says so once', async () => {
    const spool = await aSpool()
    const folder = await started(spool, ['sh', '-c', 'echo one; sleep 30'])
    const first = aReport()
    const one = supervise(spool, { report: first.report })
    await eventually(() => first.bodies('progress').length > 0)
    await one.stop()

    const second = aReport()
    const two = supervise(spool, { report: second.report, worker: 'worker-2' })
    await eventually(() => second.words().includes('adopted'))
    await two.look()

    expect(second.words()).toEqual(['adopted'])
    expect(second.bodies('adopted')).toEqual([{ from: 'worker-1', to: 'worker-2' }])
    expect(second.bodies('progress')).toMatchObject([{ tail: ['one'] }])
    expect((await readAttempt(folder)).result).toBeNull()
  })

  it('adopts it also when the first worker was killed as soon as it had told the start', async () => {
    const spool = await aSpool()
    await started(spool, ['sleep', '30'])
    const first = aReport()
    const killedThere = async () => {
      throw new Error('killed')
    }
    const one = supervise(spool, { report: { ...first.report, started: killedThere } })
    await one.look()
    await one.stop()

    const second = aReport()
    const two = supervise(spool, { report: second.report, worker: 'worker-2' })
    await two.look()

    expect(second.words()).toEqual(['started', 'adopted'])
  })

  it('leaves the spool to the worker that has it, and takes it over when that one was killed', async () => {
    const spool = await aSpool()
    await started(spool, ['sleep', '30'])
    const holder = spawn('sleep', ['30'])
    const first = aReport()
    const one = supervise(spool, { report: first.report })
    await eventually(() => first.words().includes('started'))
    const second = aReport()
    const two = supervise(spool, { report: second.report, worker: 'worker-2' })
    await two.look()
    expect(second.told).toEqual([])

    // As if the first had been a process of its own: the claim bears the pid of one that can be killed.
    await one.stop()
    const lock = join(spool.root, 'supervisor.lock')
    await eventually(() => second.words().includes('adopted'))
    await two.stop()
    const claim = { ...(await claimOf(spool)), pid: holder.pid, startTime: processStart(holder.pid!) }
    writeFileSync(lock, JSON.stringify(claim))
    const third = aReport()
    const three = supervise(spool, { report: third.report, worker: 'worker-3' })
    await three.look()
    expect(third.told).toEqual([])

    holder.kill('SIGKILL')
    await eventually(() => third.words().includes('adopted'))
    expect(JSON.parse(readFileSync(lock, 'utf8')).pid).toBe(process.pid)
  })

  it('declares an attempt dead when runner and command were killed, with the output so far', async () => {
    const spool = await aSpool()
    const folder = await started(spool, ['sh', '-c', 'echo half way; sleep 60'])
    await eventually(() => rawOutput(folder))
    const { report, bodies, words } = aReport()
    supervise(spool, { report, now: () => Date.now() + 6_000 })
    await eventually(() => words().includes('started'))
    const pids = (await readAttempt(folder)).started!

    for (const { pid } of [pids.runner, pids.child]) process.kill(-pid, 'SIGKILL')
    await eventually(() => words().includes('lost'))

    expect(words()).toEqual(['started', 'lost'])
    expect(bodies('lost')).toMatchObject([{ cause: 'dead', tail: ['half way'], digest: { lines: 1 } }])
    await eventually(() => !existsSync(join(folder, 'request.json')))
  })

  it('fences off and reports an attempt that was prepared and never started', async () => {
    const spool = await aSpool()
    const folder = await prepareAttempt(spool, aRequest(['echo', 'late']))
    const { report, words, bodies } = aReport()
    const supervisor = supervise(spool, { report })
    await supervisor.look()
    expect(words()).toEqual([])

    utimesSync(join(folder, 'request.json'), new Date(0), new Date(0))
    await eventually(() => words().includes('lost'))

    expect(bodies('lost')).toMatchObject([{ cause: 'never started' }])
    expect(await startRunner(folder, { from })).toEqual({ outcome: 'taken' })
    expect(rawOutput(folder)).toBe('')
  })

  it('reports an attempt elsewhere as lost only when its runner is silent, and its end when that appears', async () => {
    const spool = await aSpool()
    const folder = await started(spool, ['sh', '-c', 'echo over there; sleep 30'])
    const { started: pids } = await readAttempt(folder)
    writeFileSync(join(folder, 'pid.json'), JSON.stringify({ ...pids, host: 'test-elsewhere', bootId: 'x' }))
    const { report, words, bodies } = aReport()
    let ahead = 0
    const supervisor = supervise(spool, { report, now: () => Date.now() + ahead })
    await eventually(() => bodies('progress').length > 0)
    expect(words()).toEqual([])

    ahead = 40_000
    await eventually(() => words().includes('lost'))
    await supervisor.look()
    expect(bodies('lost')).toMatchObject([
      { cause: 'elsewhere', why: expect.stringContaining('test-elsewhere') },
    ])

    ahead = 0
    writeFileSync(join(folder, 'pid.json'), JSON.stringify(pids))
    await supervisor.cancel(attempt, { reason: 'found', by: 'U1' })
    await eventually(() => words().includes('ended'))
    expect(words()).toEqual(['lost', 'started', 'ended'])
  })

  it('carries out a cancel itself when the runner was killed and its command goes on', async () => {
    const spool = await aSpool()
    const folder = await started(spool, ['sleep', '60'])
    const { started: pids } = await readAttempt(folder)
    process.kill(pids!.runner.pid, 'SIGKILL')
    const { report, words } = aReport()
    const supervisor = supervise(spool, { report, now: () => Date.now() + 6_000 })
    await eventually(() => words().includes('started'))
    await supervisor.look()
    expect(sessionMembers(pids!.child)).toHaveLength(1)

    expect(await supervisor.cancel(attempt, { reason: 'stop', by: 'U1' })).toBe(true)
    await eventually(() => words().includes('lost'))

    expect(sessionMembers(pids!.child)).toEqual([])
  })

  it('shows no output while it does not know what to hide, and reports the end without after a while', async () => {
    const spool = await aSpool()
    const folder = await started(spool, ['sh', '-c', 'echo correct-horse; exit 4'])
    await resultOf(folder)
    const { report, words, bodies, told } = aReport()
    let ahead = 0
    const secretsOf = async () => {
      throw new Error('no bindings')
    }
    const supervisor = supervise(spool, { report, secretsOf, now: () => Date.now() + ahead })
    await supervisor.look()
    expect(words()).toEqual(['started'])

    ahead = 31_000
    await eventually(() => words().includes('ended'))

    expect(bodies('ended')).toMatchObject([
      {
        result: { code: 4 },
        facts: null,
        digest: null,
        tail: ['(the output is withheld: it could not be masked)'],
      },
    ])
    expect(JSON.stringify(told)).not.toContain('correct-horse')
  })

  it('is not held up by one attempt whose report hangs', async () => {
    const spool = await aSpool()
    await started(spool, ['true'], 'c.slow.1')
    await started(spool, ['true'], 'c.quick.1')
    const { report, told } = aReport()
    let release = () => {}
    const hang = new Promise<void>((resolve) => (release = resolve))
    const slow: SupervisorReport['started'] = (name, body) =>
      name === 'c.slow.1' ? hang : report.started(name, body)
    supervise(spool, { report: { ...report, started: slow } })

    await eventually(() => told.some(({ what, attempt }) => what === 'ended' && attempt === 'c.quick.1'))
    expect(told.some((call) => call.attempt === 'c.slow.1')).toBe(false)
    release()
    await eventually(() => told.some(({ what, attempt }) => what === 'ended' && attempt === 'c.slow.1'))
  })
})

describe('what is done on the host itself', () => {
  it('holds and releases the spool at once and is told to the log later, in order, with its author', async () => {
    const spool = await aSpool()
    expect(await readHold(spool)).toBeNull()

    await holdSpool(spool, { reason: 'storm', now: 1_000 })
    expect(await readHold(spool)).toMatchObject({ reason: 'storm', at: 1_000 })
    expect(await releaseSpool(spool, { reason: 'over', now: 2_000 })).toBe(true)
    expect(await readHold(spool)).toBeNull()
    expect(await releaseSpool(spool, { reason: 'again', now: 3_000 })).toBe(false)
    let down = true
    const { report, bodies } = aReport(() => down)
    const supervisor = supervise(spool, { report })
    await supervisor.look()
    down = false
    await eventually(() => bodies('localAct').length === 2)
    await supervisor.look()

    const uid = process.getuid!()
    expect(bodies('localAct')).toMatchObject([
      { kind: 'hold', reason: 'storm', at: 1_000, uid, by: expect.any(String) },
      { kind: 'release', reason: 'over', at: 2_000, uid },
    ])
  })

  it('takes a hold that cannot be read for a hold', async () => {
    const spool = await aSpool()
    writeFileSync(join(spool.root, 'hold'), 'stop!')

    expect(await readHold(spool)).toMatchObject({ reason: 'the hold file says no more' })
  })

  it('cancels an attempt with no worker up', async () => {
    const spool = await aSpool()
    const folder = await started(spool, ['sleep', '60'])

    expect(await cancelLocally(spool, attempt, { reason: 'wrong host', now: 5 })).toBe(true)

    expect(await resultOf(folder)).toMatchObject({ cancelled: true, signal: 'SIGINT' })
    expect(await cancelLocally(spool, attempt, { reason: 'again', now: 6 })).toBe(false)
    expect(await cancelLocally(spool, 'c.unknown.1', { reason: 'x', now: 7 })).toBe(false)
    const { report, bodies } = aReport()
    await supervise(spool, { report }).look()
    expect(bodies('localAct')).toMatchObject([{ kind: 'cancel', attempt, reason: 'wrong host' }])
    expect(attemptFolder(spool, attempt)).toBe(folder)
  })
})

async function claimOf(spool: Spool): Promise<object> {
  const supervisor = supervise(spool, { report: aReport().report, worker: 'for-a-moment' })
  await supervisor.look()
  const claim = JSON.parse(readFileSync(join(spool.root, 'supervisor.lock'), 'utf8'))
  await supervisor.stop()
  return claim
}
