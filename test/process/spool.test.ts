import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readAttempt } from '../../src/process/evidence.ts'
import { processStart } from '../../src/process/runner.ts'
import { applicationName } from '../../src/process/environment.ts'
import {
  AttemptExists,
  attemptFolder,
  listAttempts,
  openSpool,
  prepareAttempt,
  removeOldRawLogs,
  removeSecrets,
  SpoolFull,
} from '../../src/process/spool.ts'
import { discardAttempt, startRunner } from '../../src/process/start.ts'
import { compiledRunner } from '../support/compiled-runner.ts'
import { aRequest, aSpool, eventually, prepared, resultOf } from './support.ts'

describe('preparing an attempt', () => {
  it('makes a private folder with all that the runner needs', async () => {
    const spool = await aSpool()

    const folder = await prepareAttempt(
      spool,
      aRequest(['true'], { action: { name: 'sql', input: { q: 'x' } } }),
    )

    expect(folder).toBe(join(spool.root, 'attempts', 'cutover-1.copy.1'))
    expect(readdirSync(folder).sort()).toEqual(['request.json', 'reserve', 'runner.mjs'])
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
    for (const path of [spool.root, folder]) expect(statSync(path).mode & 0o777).toBe(0o700)
    const request = JSON.parse(readFileSync(join(folder, 'request.json'), 'utf8'))
    expect(request).toMatchObject({ attempt: 'cutover-1.copy.1', action: { name: 'sql', input: { q: 'x' } } })
  })

  it('refuses the same attempt twice and leaves the first as it was', async () => {
    const spool = await aSpool()
    const folder = await prepareAttempt(spool, aRequest(['true']))

    await expect(prepareAttempt(spool, aRequest(['false']))).rejects.toThrow(AttemptExists)

    expect(JSON.parse(readFileSync(join(folder, 'request.json'), 'utf8')).spawn.argv).toEqual(['true'])
    expect(readdirSync(join(spool.root, 'preparing'))).toEqual([])
  })

  it('refuses a name that would leave the spool', async () => {
    const spool = await aSpool()

    for (const attempt of ['../x', 'a/b', '.hidden', '', 'a b', 'x'.repeat(300)]) {
      await expect(prepareAttempt(spool, aRequest(['true'], { attempt }))).rejects.toThrow(
        /name of an attempt/,
      )
    }
  })

  it('refuses when the disk has less free space than asked for, and says how much', async () => {
    const spool = await aSpool({ minFreeBytes: 2 ** 60 })

    const refusal = await prepareAttempt(spool, aRequest(['true'])).catch((error: unknown) => error)

    expect(refusal).toBeInstanceOf(SpoolFull)
    expect(String(refusal)).toMatch(/[\d,]+ MB free, 1,099,511,627,776 MB are needed. Nothing was started/)
    expect(await listAttempts(spool)).toEqual([])
  })

  it.skipIf(!canMount())('refuses on a disk that is really full and leaves nothing behind', async () => {
    const disk = mkdtempSync(join(tmpdir(), 'cutover-disk-'))
    mountDisk(disk, '256k')
    try {
      const spool = await openSpool({ root: join(disk, 'spool'), runner: compiledRunner(), minFreeBytes: 0 })
      writeFileSync(join(disk, 'ballast'), Buffer.alloc(180_000))

      await expect(prepareAttempt(spool, aRequest(['true']))).rejects.toThrow(SpoolFull)

      expect(await listAttempts(spool)).toEqual([])
      expect(readdirSync(join(spool.root, 'preparing'))).toEqual([])
    } finally {
      unmountDisk(disk)
      rmSync(disk, { recursive: true })
    }
  })

  it.skipIf(!canMount())('keeps the result although the command filled the disk', async () => {
    const disk = mkdtempSync(join(tmpdir(), 'cutover-disk-'))
    mountDisk(disk, '2m')
    try {
      const spool = await openSpool({ root: join(disk, 'spool'), runner: compiledRunner(), minFreeBytes: 0 })
      for (let round = 1; round <= 5; round += 1) {
        const request = aRequest(['sh', '-c', 'yes 2>&1; exit 7'], { attempt: `c.fill.${round}` })
        const folder = await prepareAttempt(spool, request)

        await startRunner(folder, { from: process.env })

        expect(await resultOf(folder)).toMatchObject({ code: 7, cancelled: false })
        const { started } = await readAttempt(folder)
        await eventually(() => processStart(started!.runner.pid) === null)
        expect(statSync(join(folder, 'output.raw.log')).size).toBeGreaterThan(100_000)
        rmSync(folder, { recursive: true })
      }
    } finally {
      unmountDisk(disk)
      rmSync(disk, { recursive: true })
    }
  })
})

describe('an attempt that was not allowed to start', () => {
  it('is discarded, but never once a runner has taken it', async () => {
    const folder = await prepared(['true'])
    await discardAttempt(folder)
    expect(existsSync(folder)).toBe(false)

    const started = await prepared(['true'])
    await startRunner(started, { from: process.env })
    await expect(discardAttempt(started)).rejects.toThrow(/evidence/)
  })
})

describe('an ended attempt', () => {
  it('loses its secrets at once and its raw output after the days that were set', async () => {
    const spool = await aSpool()
    const folder = await prepareAttempt(spool, aRequest(['echo', 'hello']))
    await startRunner(folder, { from: process.env })
    await resultOf(folder)
    const day = 86_400_000
    const expire = (days: number) => removeOldRawLogs(spool, { days: 7, now: Date.now() + days * day })

    writeFileSync(join(folder, 'reported.json'), '{}')
    writeFileSync(join(folder, 'facts.json'), '{}')
    expect(await expire(8)).toEqual([])
    await removeSecrets(folder)
    expect(existsSync(join(folder, 'request.json'))).toBe(false)
    expect(await expire(6)).toEqual([])
    expect(await expire(8)).toEqual(['cutover-1.copy.1'])

    expect(existsSync(join(folder, 'output.raw.log'))).toBe(false)
    expect(existsSync(join(folder, 'facts.json'))).toBe(false)
    expect(existsSync(join(folder, 'rc.json'))).toBe(true)
    expect(attemptFolder(spool, 'cutover-1.copy.1')).toBe(folder)
    utimesSync(folder, new Date(0), new Date(0))
    expect(await expire(8)).toEqual([])
  })
})

describe('how long the raw output of an attempt stays', () => {
  it.each([
    [2 * 86_400_000, [1, 3]],
    ['forever' as const, [10_000, undefined]],
  ])('is what its runbook says: %s', async (keepRawMs, [stays, goes]) => {
    const spool = await aSpool()
    const folder = await prepareAttempt(spool, { ...aRequest(['echo', 'hello']), keepRawMs })
    await startRunner(folder, { from: process.env })
    await resultOf(folder)
    writeFileSync(join(folder, 'reported.json'), '{}')
    await removeSecrets(folder)
    const expire = (days = 0) => removeOldRawLogs(spool, { days: 7, now: Date.now() + days * 86_400_000 })

    expect(await expire(stays)).toEqual([])
    if (goes !== undefined) expect(await expire(goes)).toEqual(['cutover-1.copy.1'])
  })
})

describe('the sessions of an attempt', () => {
  it('bear a name that PostgreSQL does not cut into that of another attempt', () => {
    const long = (n: number) => applicationName(`${'ward-ops-2026-11-20.'.repeat(4)}copy.${n}`)

    expect(long(1)).toHaveLength(63)
    expect(long(1)).not.toBe(long(2))
    expect(long(1)).toMatch(/^cutover:ward-ops-2026-11-20/)
  })
})

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'cutover-mount-'))
  try {
    mountDisk(folder, '64k')
    unmountDisk(folder)
    return true
  } catch {
    return false
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function mountDisk(folder: string, size: string): void {
  execFileSync('sh', ['-c', 'mount -t tmpfs -o "size=$1" tmpfs "$0" 2>&1', folder, size])
}

function unmountDisk(folder: string): void {
  execFileSync('sh', ['-c', 'umount -l "$0"', folder])
}
