import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Environment } from '../../src/cli/config.ts'
import { cutoverProgram } from '../../src/cli/program.ts'
import { silentTerminal } from './commands.ts'
import { read } from './files.ts'

const UNITS = ['cutover-serve.service', 'cutover-worker@.service'] as const

/** `Key=value` of a unit; a key may stand several times. */
function settingsOf(unit: string): ReadonlyMap<string, readonly string[]> {
  const settings = new Map<string, string[]>()
  for (const line of read(`deploy/${unit}`).split('\n')) {
    const [, key, value] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? []
    if (key === undefined || value === undefined) continue
    settings.set(key, [...(settings.get(key) ?? []), value])
  }
  return settings
}

const serve = settingsOf('cutover-serve.service')
const worker = settingsOf('cutover-worker@.service')

/** For a service without root each of these brings NoNewPrivileges with it, says systemd.exec(5). */
const BRINGS_NO_NEW_PRIVILEGES = [
  'DynamicUser',
  'LockPersonality',
  'MemoryDenyWriteExecute',
  'PrivateDevices',
  'ProtectClock',
  'ProtectHostname',
  'ProtectKernelLogs',
  'ProtectKernelModules',
  'ProtectKernelTunables',
  'RestrictAddressFamilies',
  'RestrictFileSystems',
  'RestrictNamespaces',
  'RestrictRealtime',
  'RestrictSUIDSGID',
  'SystemCallArchitectures',
  'SystemCallFilter',
  'SystemCallLog',
]

describe.each(UNITS)('deploy/%s', (unit) => {
  const settings = settingsOf(unit)

  it('starts a command that there is', () => {
    const words = settings.get('ExecStart')?.[0]?.split(' ') ?? []
    const [program, main, command, ...options] = words
    const known = cutoverProgram(silentTerminal).commands.find((one) => one.name() === command)

    expect([program, main]).toEqual(['/usr/bin/node', '/opt/cutover/dist/cli/main.js'])
    expect(known).toBeDefined()
    expect(options).toEqual([])
  })

  it('sets only what there is to set, and no secret', () => {
    const names = (settings.get('Environment') ?? []).flatMap((line) =>
      line.split(' ').map((assignment) => assignment.split('=')[0] ?? ''),
    )
    expect(names.filter((name) => !(name in Environment.shape))).toEqual([])
    expect(names.filter((name) => /TOKEN|SECRET|PASSWORD/.test(name))).toEqual([])
    expect(settings.get('EnvironmentFile')?.[0]).toMatch(/^\/etc\/cutover\/[\w%-]+\.env$/)
  })

  it('is started again for as long as it takes, is no root, and keeps its files to itself', () => {
    expect(Object.fromEntries(settings)).toMatchObject({
      Restart: ['always'],
      StartLimitIntervalSec: ['0'],
      User: ['cutover'],
      UMask: ['0077'],
      LimitCORE: ['0'],
    })
  })
})

it('a restart of the worker ends the worker alone, also when memory is short', () => {
  expect(worker.get('KillMode')).toEqual(['process'])
  expect(worker.get('OOMPolicy')).toEqual(['continue'])
  expect(worker.get('StateDirectory')).toEqual(['cutover/%i'])
  expect(worker.get('Environment')?.join(' ')).toContain('CUTOVER_SPOOL=/var/lib/cutover/%i/spool')
  // systemd empties a RuntimeDirectory at each stop.
  expect(worker.has('RuntimeDirectory')).toBe(false)
})

it('steps may change users: nothing of the worker’s unit takes that away', () => {
  expect(worker.get('NoNewPrivileges')).toEqual(['no'])
  expect(BRINGS_NO_NEW_PRIVILEGES.filter((key) => worker.has(key))).toEqual([])
  expect(worker.has('CapabilityBoundingSet')).toBe(false)
})

it('serve is closed in: what it needs is the network and its own files', () => {
  expect(Object.fromEntries(serve)).toMatchObject({
    NoNewPrivileges: ['yes'],
    CapabilityBoundingSet: [''],
    ProtectSystem: ['strict'],
    ProtectHome: ['yes'],
    PrivateTmp: ['yes'],
    RestrictSUIDSGID: ['yes'],
    SystemCallFilter: ['@system-service'],
  })
  // V8 makes code at run time.
  expect(serve.has('MemoryDenyWriteExecute')).toBe(false)
})

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0

it.skipIf(!hasSystemd)('systemd finds nothing wrong with the units', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cutover-units-'))
  const files = UNITS.map((unit) => join(folder, unit.replace('@.', '@db.')))
  for (const [index, unit] of UNITS.entries()) {
    const text = read(`deploy/${unit}`).replaceAll('/usr/bin/node', process.execPath)
    writeFileSync(files[index] ?? '', text)
  }
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...files], {
    encoding: 'utf8',
  })
  rmSync(folder, { recursive: true })

  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})
