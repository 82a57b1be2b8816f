import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { files } from '../../src/process/spool.ts'
import { aPlan } from '../support/plans.ts'
import { spoolOf } from '../support/known-plans.ts'
import { effect, effectArgv, effectWork, runsOf } from './support/effects.ts'
import { fault } from './support/fault.ts'
import type { Rig } from './support/rig.ts'

/** A worker wants 256 MB to begin something. */
const DISK = '300m'
const TOO_SMALL = '100m'

/** A pool whose spool lies on a small disk of its own. */
async function poolOnDisk(rig: Rig, pool: string, size: string): Promise<void> {
  const spool = spoolOf(rig.folder, pool)
  mkdirSync(spool, { recursive: true, mode: 0o700 })
  mount(spool, size)
  rig.atLast(async () => unmount(spool))
  await rig.worker({ pool })
}

const onPool = (pool: string, argv: readonly string[]) =>
  aPlan()
    .with({ pool })
    .run('copy', { ...effect(0), work: effectWork(argv) })

const isMountable = canMount()

fault(
  'T19',
  'the disk of the spool is full before a step begins',
  async (rig) => {
    await poolOnDisk(rig, 'small', TOO_SMALL)
    const cutover = await rig.open(onPool('small', effectArgv(1)))
    const state = await rig.until(cutover, ({ attempts }) => Object.values(attempts)[0]?.status === 'refused')
    expect(Object.values(state.attempts)).toMatchObject([
      { error: { hint: expect.stringContaining('Make room'), changed: 'Nothing was started.' } },
    ])
    expect(await rig.typesOf(cutover)).not.toContain('attempt spawning')
    expect(runsOf(await rig.effects(), `${cutover}.copy`)).toEqual([])
  },
  { needs: isMountable },
)

fault(
  'T19',
  'the disk of the spool fills up while a step runs',
  async (rig) => {
    await poolOnDisk(rig, 'filling', DISK)
    const script = `"$@" && head -c 400000000 /dev/zero | tr '\\0' x`
    const cutover = await rig.open(
      onPool('filling', ['bash', '-c', `set -o pipefail; ${script}`, '-', ...effectArgv(1)]),
    )
    const state = await rig.until(
      cutover,
      ({ steps }) => ['failed', 'unknown'].includes(steps['copy']?.status ?? ''),
      60_000,
    )
    // Somebody makes room: until then no other worker could even say that it has the spool.
    const [attempt = ''] = Object.keys(state.attempts)
    rig.atEnd(async () => rmSync(join(spoolOf(rig.folder, 'filling'), 'attempts', attempt, files.rawOutput)))
    // The command could not write, said so, and room for its result had been set aside.
    expect(Object.values(state.attempts)).toMatchObject([{ status: 'ended', outcome: 'failed' }])
    expect(runsOf(await rig.effects(), `${cutover}.copy`)).toEqual(['start end'])
  },
  { needs: isMountable, timeoutMs: 150_000 },
)

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'cutover-mount-'))
  try {
    mount(folder, '64k')
    unmount(folder)
    return true
  } catch {
    return false
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function mount(folder: string, size: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'ignore' })
}

function unmount(folder: string): void {
  execFileSync('umount', ['-l', folder])
}
