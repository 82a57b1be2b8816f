import { readFile, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { findTool } from '../../actions/programs/find-tool.ts'
import { runBounded } from '../../actions/programs/run-bounded.ts'
import { claimant } from '../../process/spool-claim.ts'
import { error, ok, warning, type Finding } from './finding.ts'
import type { Look, Place } from './place.ts'

const OLDEST_NODE: readonly [major: number, minor: number] = [20, 19]
const SYSTEMCTL_WITHIN_MS = 5_000

export const host: Look = {
  title: 'This host',
  look: async (place) => [
    nodeFinding(process.versions.node, process.platform),
    ...(place.pool === undefined ? [] : [await restartFinding(place)]),
  ],
}

/** @internal */
export function nodeFinding(version: string, platform: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const says = `Node ${version} on ${hostname()} (${platform})`
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]))
    return error(says, `Install Node ${OLDEST_NODE.join('.')} or newer.`)
  return platform === 'linux'
    ? ok(says)
    : warning(
        `${says}: processes of the night are only supported on Linux.`,
        'Run `serve` and workers on Linux.',
      )
}

/** What a restart of the worker does to the steps that run: decided by whoever started it. */
async function restartFinding(place: Place): Promise<Finding> {
  const pid = await claimant(place.config.CUTOVER_SPOOL)
  if (pid === null)
    return warning(
      'No worker runs on this host with this spool.',
      'Start it; whether a restart would end its steps can be seen then.',
    )
  const group = await cgroupOf(place.proc, pid)
  if (group === null) return ok('A restart of the worker leaves its steps running: nothing ends them with it')
  if (await isContainer(group, join(place.proc, String(pid)))) {
    return containerFinding(await commandLine(place.proc, pid))
  }
  const unit = /([^/]+\.(?:service|scope))\/?(?:[^/]+\/?)?$/.exec(group)?.[1]
  if (unit === undefined) return ok('A restart of the worker leaves its steps running: it is in no unit')
  if (unit.endsWith('.scope'))
    return warning(
      `The worker was started by hand, in ${unit}: its steps may end when that session does.`,
      'Run it as a unit: deploy/cutover-worker@.service.',
    )
  return unitFinding(unit, await killMode(unit, { isUsers: group.includes('/user@'), place }))
}

function containerFinding(words: readonly string[]): Finding {
  return words.includes('--drain')
    ? ok('The worker is in a container and stays, when told to stop, until its steps have ended (--drain)')
    : error(
        'The worker is in a container: a restart kills the steps that run in it.',
        'Run it as `cutover worker --drain` with a long grace period; docker-compose.yml does.',
      )
}

function unitFinding(unit: string, mode: string | null): Finding {
  if (mode === null)
    return warning(
      `What a restart of ${unit} does to its steps cannot be seen: systemctl does not say.`,
      `\`systemctl show -p KillMode ${unit}\` must say \`process\`.`,
    )
  if (mode === 'process' || mode === 'none')
    return ok(`A restart of ${unit} leaves its steps running (KillMode=${mode})`)
  return error(
    `A restart of ${unit} kills the steps that run (KillMode=${mode}).`,
    'Set KillMode=process in its unit, as deploy/cutover-worker@.service does, and `systemctl daemon-reload`.',
  )
}

/** By the unified hierarchy, or systemd’s own of the old ones. Null: there are none here. */
async function cgroupOf(proc: string, pid: number): Promise<string | null> {
  const text = await readFile(join(proc, String(pid), 'cgroup'), 'utf8').catch(() => '')
  const lines = text.split('\n').map((line) => line.split(':'))
  const own = lines.find(([, kind]) => kind === 'name=systemd') ?? lines.find(([number]) => number === '0')
  return own?.slice(2).join(':') ?? null
}

/** By its group, or, where that is hidden from within, by what Docker and Podman leave in their containers. */
async function isContainer(group: string, process: string): Promise<boolean> {
  const left = ['.dockerenv', 'run/.containerenv'].map((file) => stat(join(process, 'root', file)))
  const found = await Promise.allSettled(left)
  return (
    /docker|containerd|kubepods|libpod|\.lxc/.test(group) ||
    found.some(({ status }) => status === 'fulfilled')
  )
}

async function commandLine(proc: string, pid: number): Promise<readonly string[]> {
  const text = await readFile(join(proc, String(pid), 'cmdline'), 'utf8').catch(() => '')
  return text.split('\0')
}

async function killMode(
  unit: string,
  { isUsers, place }: { readonly isUsers: boolean; readonly place: Place },
): Promise<string | null> {
  const path = place.environment['PATH'] ?? ''
  try {
    const systemctl = await findTool('systemctl', { cwd: '/', path })
    const { exit, lastLine } = await runBounded(
      {
        argv: [
          systemctl,
          ...(isUsers ? ['--user'] : []),
          'show',
          '--property=KillMode',
          '--value',
          '--',
          unit,
        ],
        env: { PATH: path },
        cwd: '/',
      },
      { timeoutMs: SYSTEMCTL_WITHIN_MS, signal: AbortSignal.timeout(SYSTEMCTL_WITHIN_MS) },
    )
    return exit === 0 && lastLine.trim() !== '' ? lastLine.trim() : null
  } catch {
    return null
  }
}
