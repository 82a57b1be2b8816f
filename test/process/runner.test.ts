import { spawn, spawnSync } from 'node:child_process'
import { readFileSync, readdirSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { inheritedEnvironment } from '../../src/process/environment.ts'
import { judge, readAttempt } from '../../src/process/evidence.ts'
import { EXIT_TAKEN, processStart, sessionMembers } from '../../src/process/runner.ts'
import { startRunner } from '../../src/process/start.ts'
import { aRequest, eventually, prepared, rawOutput, resultOf } from './support.ts'

const from = process.env

async function started(argv: readonly string[], options: Parameters<typeof prepared>[1] = {}) {
  const folder = await prepared(argv, options)
  const start = await startRunner(folder, { from })
  return { folder, start }
}

describe('the runner', () => {
  it('runs the command with its output in a file and records how it ended', async () => {
    const { folder, start } = await started(['sh', '-c', 'echo out; echo err >&2; exit 3'])

    const result = await resultOf(folder)

    expect(start).toEqual({ outcome: 'up' })
    expect(rawOutput(folder)).toBe('out\nerr\n')
    expect(result).toMatchObject({ code: 3, signal: null, cancelled: false, leftovers: 0, forced: false })
    expect(result.durationMs).toBeLessThan(10_000)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o077).toBe(0)
  })

  it('tells who runs, beats its heart and lives in a session of its own', async () => {
    const { folder } = await started(['sleep', '30'])
    const { started: pids } = await readAttempt(folder)

    expect(pids!.child.startTime).toBe(processStart(pids!.child.pid))
    expect(pids!.runner.startTime).toBe(processStart(pids!.runner.pid))
    expect(sessionMembers(pids!.runner).map(({ pid }) => pid)).toEqual([pids!.runner.pid])
    expect(sessionMembers(pids!.child).map(({ name }) => name)).toEqual(['sleep'])
    const beat = statSync(join(folder, 'heartbeat')).mtimeMs
    await eventually(() => statSync(join(folder, 'heartbeat')).mtimeMs > beat)
  })

  it('opens no socket and inherits nothing but the allow-list', async () => {
    const given = { STEP: 'copy', CUTOVER_VAR_TICKET: 'OPS-1' }
    const folder = await prepared(['sh', '-c', 'env; sleep 30'], {
      spawn: {
        argv: ['sh', '-c', 'env; sleep 30'],
        env: { ...inheritedEnvironment(from), ...given },
        cwd: tmpdir(),
      },
    })

    await startRunner(folder, {
      from: { ...from, CUTOVER_SLACK_TOKEN: 'xoxb-1', DATABASE_URL: 'postgres://x' },
    })

    const runner = (await readAttempt(folder)).started!.runner.pid
    const environment = readFileSync(`/proc/${runner}/environ`, 'utf8').split('\0').filter(Boolean)
    const allowed = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR']
    expect(environment.map((line) => line.split('=')[0]).filter((name) => !allowed.includes(name!))).toEqual(
      [],
    )
    const open = readdirSync(`/proc/${runner}/fd`).map((fd) => readlinkSync(`/proc/${runner}/fd/${fd}`))
    expect(open.filter((target) => target.startsWith('socket:'))).toEqual([])
    const printed = await eventually(() => rawOutput(folder))
    expect(printed).toContain('STEP=copy\n')
    expect(printed).toContain('CUTOVER_VAR_TICKET=OPS-1\n')
    expect(printed).not.toContain('xoxb')
  })

  it('refuses a second runner for the same attempt and leaves the first alone', async () => {
    const { folder } = await started(['sh', '-c', 'echo once; sleep 30'])

    const second = spawnSync(process.execPath, [join(folder, 'runner.mjs')], { encoding: 'utf8' })

    expect(second.status).toBe(EXIT_TAKEN)
    expect(await startRunner(folder, { from })).toEqual({ outcome: 'taken' })
    expect(rawOutput(folder)).toBe('once\n')
    expect(await judge(folder, Date.now())).toMatchObject({ is: 'running', runner: 'alive' })
  })

  it('goes on with its command when the worker is killed while the command prints', async () => {
    const folder = await prepared(['sh', '-c', 'for i in $(seq 1 40); do echo line $i; sleep 0.05; done'])
    // The worker holds its own output as a pipe, which breaks when it dies.
    const worker = spawn(process.execPath, ['--input-type=module', '-e', workerThatStarts(folder)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await eventually(() => rawOutput(folder).includes('line 5\n'))

    worker.kill('SIGKILL')
    await eventually(() => worker.signalCode === 'SIGKILL')

    expect(await judge(folder, Date.now())).toMatchObject({ is: 'running', runner: 'alive' })
    expect(await resultOf(folder)).toMatchObject({ code: 0, leftovers: 0 })
    expect(rawOutput(folder).trimEnd().split('\n')).toHaveLength(40)
  })

  it('lives on when its session is asked to end, as at a deploy', async () => {
    const { folder } = await started(['sh', '-c', 'sleep 0.6; echo done'])
    const runner = (await readAttempt(folder)).started!.runner.pid

    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.kill(-runner, signal)

    expect(await resultOf(folder)).toMatchObject({ code: 0, signal: null, cancelled: false })
    expect(rawOutput(folder)).toBe('done\n')
  })

  it('ends with its main process although a grandchild keeps the output open, and ends the grandchild', async () => {
    const { folder } = await started(['sh', '-c', 'sleep 60 & echo main done'])
    const begun = performance.now()

    const result = await resultOf(folder)

    expect(result).toMatchObject({ code: 0, leftovers: 1, forced: false, survivors: 0 })
    expect(performance.now() - begun).toBeLessThan(10_000)
    expect(rawOutput(folder)).toMatch(/^main done\ncutover: left behind and ended: \w+ \(\d+\)\n$/)
    expect(sessionMembers((await readAttempt(folder)).started!.child)).toEqual([])
  })

  it('finds leftovers in process groups of their own', async () => {
    const { folder } = await started(['bash', '-c', 'set -m; sleep 60 & sleep 61 & printf "no newline"'])

    expect(await resultOf(folder)).toMatchObject({ code: 0, leftovers: 2, survivors: 0 })
    expect(rawOutput(folder)).toMatch(
      /^no newline\ncutover: left behind and ended: \w+ \(\d+\), \w+ \(\d+\)\n$/,
    )
    expect(sessionMembers((await readAttempt(folder)).started!.child)).toEqual([])
  })
})

describe('a cancel', () => {
  function cancel(folder: string): void {
    writeFileSync(join(folder, 'cancel.json'), JSON.stringify({ reason: 'wrong target', by: 'U1' }))
  }

  it('asks first, so that a command can end by itself', async () => {
    const { folder } = await started([
      'bash',
      '-c',
      'trap "echo tidied; exit 9" INT; echo up; while :; do sleep 0.05; done',
    ])
    await eventually(() => rawOutput(folder).includes('up'))

    cancel(folder)

    expect(await resultOf(folder)).toMatchObject({ code: 9, signal: null, cancelled: true, forced: false })
    expect(rawOutput(folder)).toBe('up\ntidied\n')
  })

  it('kills a whole tree that ignores every polite signal, and looks that nobody is left', async () => {
    const stubborn =
      'trap "" INT TERM; (trap "" INT TERM; while :; do sleep 0.1; done) & while :; do sleep 0.1; done'
    const { folder } = await started(['bash', '-c', `echo up; ${stubborn}`])
    await eventually(() => rawOutput(folder).includes('up'))
    const { child } = (await readAttempt(folder)).started!
    expect(sessionMembers(child).length).toBeGreaterThan(1)

    cancel(folder)

    expect(await resultOf(folder)).toMatchObject({
      code: null,
      signal: 'SIGKILL',
      cancelled: true,
      forced: true,
      survivors: 0,
    })
    expect(sessionMembers(child)).toEqual([])
  })

  it('before the start keeps the command from starting', async () => {
    const folder = await prepared(['sh', '-c', 'echo never'])
    cancel(folder)

    await startRunner(folder, { from })

    expect(await resultOf(folder)).toMatchObject({
      code: null,
      cancelled: true,
      notStarted: expect.any(String),
    })
    expect(rawOutput(folder)).toBe('cutover: not started: it was cancelled before it started\n')
  })
})

describe('a command that cannot be started', () => {
  it('is recorded as not found with 127', async () => {
    const { folder } = await started(['no-such-program', '--flag'])

    expect(await resultOf(folder)).toMatchObject({
      code: 127,
      notStarted: 'command not found: no-such-program',
    })
    expect(rawOutput(folder)).toBe('cutover: not started: command not found: no-such-program\n')
    expect(await judge(folder, Date.now())).toMatchObject({ is: 'ended' })
  })

  it('is recorded with 126 when it is no program, and names a folder that is missing', async () => {
    const { folder } = await started([tmpdir()])
    expect(await resultOf(folder)).toMatchObject({ code: 126 })

    const spawnIn = { ...aRequest(['true']).spawn, cwd: '/no/such/folder' }
    const { folder: second } = await started(['true'], { spawn: spawnIn })
    expect(await resultOf(second)).toMatchObject({
      code: 126,
      notStarted: 'its working folder does not exist: /no/such/folder',
    })
  })

  it('is recorded as a bad request when the request is damaged', async () => {
    const folder = await prepared(['true'])
    writeFileSync(join(folder, 'request.json'), '{"attempt":')

    await startRunner(folder, { from })

    expect(await resultOf(folder)).toMatchObject({
      code: 2,
      notStarted: expect.stringContaining('request.json'),
    })
  })

  it('is refused before it starts when the disk filled up after the attempt was prepared', async () => {
    const folder = await prepared(['echo', 'made'])
    const request = JSON.parse(readFileSync(join(folder, 'request.json'), 'utf8'))
    writeFileSync(join(folder, 'request.json'), JSON.stringify({ ...request, minFreeBytes: 2 ** 60 }))

    await startRunner(folder, { from })

    expect(await resultOf(folder)).toMatchObject({
      code: 74,
      notStarted: expect.stringMatching(/spool is full/),
    })
    expect(rawOutput(folder)).not.toContain('made')
    expect((await readAttempt(folder)).started).toBeNull()
  })
})

/** A worker of a few lines: the real runner, started as `startRunner` does, by a process that can be killed. */
function workerThatStarts(folder: string): string {
  return `
    import { spawn } from 'node:child_process'
    import { openSync } from 'node:fs'
    const log = openSync(${JSON.stringify(join(folder, 'runner.log'))}, 'a', 0o600)
    spawn(process.execPath, [${JSON.stringify(join(folder, 'runner.mjs'))}], {
      cwd: ${JSON.stringify(folder)}, env: {}, stdio: ['ignore', log, log], detached: true,
    }).unref()
    setInterval(() => console.log('the worker lives'), 10)
  `
}
