import { ask } from '../../postgres/ask.ts'
import { makePresence } from '../../postgres/presence.ts'
import { ok, warning, WITHOUT_LOG, type Finding } from './finding.ts'
import type { Look, Place } from './place.ts'

/** Without a sign for this long nothing new starts. */
const SERVE_MS = 15_000
const WORKER_MS = 30_000
/** A worker that is silent for so long was taken down on purpose. */
const FORGOTTEN_MS = 7 * 24 * 3_600_000

/** The other processes of this installation, and whether they are of one version. */
export const processes: Look = {
  title: 'Processes',
  async look(place) {
    const { log } = place
    if (log === null) return [WITHOUT_LOG]
    const serves = await ask<{ version: string }>(
      log,
      `select version from cutover.serve where seen_at > clock_timestamp() - $1 * interval '1 millisecond' order by instance`,
      [SERVE_MS],
    )
    const pools = await makePresence(log).pools()
    return [
      ...serveFindings(
        serves.rows.map(({ version }) => version),
        place,
      ),
      ...pools.filter(({ silentMs }) => silentMs < FORGOTTEN_MS).map((pool) => poolFinding(pool, place)),
      ...(place.pool === undefined || pools.some(({ name }) => name === place.pool)
        ? []
        : [warning(`No worker has registered the pool ${place.pool} yet.`, 'Start it: `cutover worker`.')]),
    ]
  },
}

function serveFindings(versions: readonly string[], { version }: Place): readonly Finding[] {
  if (versions.length === 0)
    return [warning('No `serve` has been seen for 15 s: nothing new starts.', 'Start it: `cutover serve`.')]
  const others = [...new Set(versions)].filter((one) => one !== version)
  const count = versions.length === 1 ? 'One `serve` runs' : `${versions.length} \`serve\` run`
  return [
    others.length === 0 ? ok(`${count}, version ${version}`) : otherVersion(`\`serve\``, others, version),
  ]
}

function poolFinding(
  {
    name,
    host,
    version: theirs,
    silentMs,
  }: { name: string; host: string; version: string; silentMs: number },
  { version }: Place,
): Finding {
  if (silentMs > WORKER_MS)
    return warning(
      `The worker of the pool ${name} on ${host} was last seen ${ago(silentMs)} ago.`,
      `Start it there; \`cutover pool release ${name}\` gives its name to another host.`,
    )
  return theirs === version
    ? ok(`The worker of the pool ${name} runs on ${host}, version ${theirs}`)
    : otherVersion(`The worker of the pool ${name} on ${host}`, [theirs], version)
}

function otherVersion(who: string, theirs: readonly string[], ours: string): Finding {
  return warning(
    `${who} is of version ${theirs.join(', ')}, and this is ${ours}.`,
    'Deploy one version everywhere: what an older one does not know it serves read-only.',
  )
}

function ago(ms: number): string {
  const minutes = Math.round(ms / 60_000)
  if (minutes < 2) return `${Math.round(ms / 1000)} s`
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`
}
