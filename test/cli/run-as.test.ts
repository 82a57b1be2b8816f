import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bindings } from '../../src/cli/worker/bindings.ts'
import { makeAttemptHost } from '../../src/cli/worker/attempt-host.ts'
import { openSpoolFor, readRunAs } from '../../src/cli/worker/run-as.ts'
import type { Work } from '../../src/domain/plan.ts'
import { writeCancel } from '../../src/process/local-acts.ts'
import { attemptFolder, openSpool } from '../../src/process/spool.ts'
import { compiledRunner } from '../support/compiled-runner.ts'
import { knowingEverything } from '../support/copies.ts'
import { quiet } from '../support/installation.ts'
import { aPlan } from '../support/plans.ts'

const isRoot = process.getuid?.() === 0
const SECRET = 'correct:horse'
const TARGET = {
  name: 'main',
  kind: 'postgres',
  url: `postgres://mover:${encodeURIComponent(SECRET)}@127.0.0.1:1/shop`,
}

describe('CUTOVER_RUN_AS', () => {
  it.each([
    ['nobody', { uid: 65534, environment: { USER: 'nobody', LOGNAME: 'nobody' } }],
    ['nobody:daemon', { uid: 65534, gid: 1 }],
    ['4711:4712', { uid: 4711, gid: 4712, environment: { USER: '4711', HOME: '/' } }],
  ])('is a user of this host: %s', (written, found) => {
    expect(readRunAs(written, 0)).toMatchObject(found)
  })

  it.each([
    ['root', 0, 'root is no other user'],
    ['no-such-user', 0, 'there is no user no-such-user'],
    ['nobody:no-such-group', 0, 'there is no group no-such-group'],
    ['nobody; reboot', 0, 'is USER, USER:GROUP or UID:GID'],
    ['nobody', 1000, 'wants a worker that runs as root'],
  ])('is refused before anything starts: %s for a worker of %i', (written, uid, why) => {
    expect(() => readRunAs(written, uid)).toThrow(why)
    expect(() => readRunAs(written, uid)).toThrow('Nothing was started.')
  })
})

describe('a command of a step under another user', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cutover-run-as-'))
    chmodSync(folder, 0o711)
    writeFileSync(join(folder, 'bindings.json'), '{}', { mode: 0o600 })
    writeFileSync(join(folder, 'who.sh'), WHO, { mode: 0o600 })
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const WHO = `
id -un; id -G; echo "$HOME $USER"
cat "$PGPASSFILE" && echo 'passfile read'
cat bindings.json && echo 'BINDINGS READ'
ls spool && echo 'SPOOL LISTED'
ls spool/attempts && echo 'ATTEMPTS LISTED'
cat spool/attempts/c1.copy.1/request.json && echo 'REQUEST READ'
exit 0
`

  async function host() {
    const runner = await compiledRunner()
    const runAs = readRunAs('nobody')
    const spool = await openSpool({ root: join(folder, 'spool'), runner, minFreeBytes: 0 })
    await openSpoolFor(spool.root, runAs)
    const made = makeAttemptHost({
      pool: 'db',
      spool,
      cwd: folder,
      copies: knowingEverything(folder),
      main: join(import.meta.dirname, '../../dist/cli/main.js'),
      runAs,
      environment: { PATH: process.env['PATH'], HOME: '/root' },
      bindings: () => Bindings.parse({ environments: {} }),
      log: {},
      logger: quiet,
    })
    return { made, spool }
  }

  async function ended(
    work: Work,
    attempt: string,
    meanwhile: (folder: string) => Promise<unknown> = async () => 0,
  ) {
    const { made, spool } = await host()
    const plan = aPlan()
      .run('copy', { work })
      .with({ live: false, environment: 'staging', targets: {} })
      .build()
    const step = plan.steps['copy']
    if (step === undefined) throw new Error('no step')
    await made.prepare({ cutover: 'c1', attempt, step, work, plan, begun: [] })
    await made.start(attempt)
    const own = attemptFolder(spool, attempt)
    await meanwhile(own)
    for (let tries = 0; tries < 300; tries += 1) {
      const result = read(join(own, 'rc.json'))
      if (result !== null)
        return { result: JSON.parse(result), output: read(join(own, 'output.raw.log')) ?? '', own }
      await sleep(50)
    }
    throw new Error('it did not end')
  }

  const read = (path: string): string | null => {
    try {
      return readFileSync(path, 'utf8')
    } catch {
      return null
    }
  }

  const refusedForOthers = (): void =>
    expect(() => readRunAs('nobody')).toThrow('wants a worker that runs as root')

  it('is that user alone, reads what the step gives it, and nothing else of ours', async () => {
    if (!isRoot) return refusedForOthers()
    const { result, output, own } = await ended(
      { uses: 'script', with: { file: 'who.sh', env: { target: TARGET } } },
      'c1.copy.1',
    )

    expect(result).toMatchObject({ code: 0, survivors: 0 })
    expect(output).toMatch(/^nobody\n65534\n\S+ nobody\n/)
    expect(output).toContain(`*:*:*:*:${SECRET.replaceAll(':', '\\:')}\npassfile read`)
    expect(output).not.toMatch(/BINDINGS READ|LISTED|REQUEST READ/)
    expect(statSync(join(own, 'rc.json')).uid).toBe(0)
  })

  it('is stopped as any other, with what it started', async () => {
    if (!isRoot) return refusedForOthers()
    const work = { uses: 'command', with: { argv: ['bash', '-c', 'sleep 60; true'] } }
    const { result } = await ended(work, 'c1.copy.2', async (own) => {
      await sleep(300)
      await writeCancel(own, { reason: 'enough', by: 'ana' })
    })

    expect(result).toMatchObject({ cancelled: true, survivors: 0 })
  })

  it('is that user also where Cutover listens to it', async () => {
    if (!isRoot) return refusedForOthers()
    const argv = ['bash', '-c', 'id -un; id -G; echo $HOME']
    const { result, output } = await ended({ uses: 'command', with: { argv, errors: 'panic' } }, 'c1.copy.3')

    expect(output).toMatch(/nobody\n65534\n\//)
    expect(result).toMatchObject({ code: 0 })
  })

  it('is refused at the start where that user cannot pass to the spool', async () => {
    if (!isRoot) return refusedForOthers()
    await chmod(folder, 0o700)
    await expect(host()).rejects.toThrow('cannot reach')
  })
})
