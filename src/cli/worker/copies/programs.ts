import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { findTool } from '../../../actions/programs/find-tool.ts'
import type { PinnedProgram } from '../../../domain/events.ts'
import type { Plan, Work } from '../../../domain/plan.ts'
import { workOfPool } from '../../../domain/pools.ts'

/** A larger file is named only: an opening must not wait for it to be read. */
const READ_MAX = 32 * 1024 * 1024

/**
 * The programs that the steps of a pool name, as they lie on this host now: no runbook holds them, so they are recorded
 * instead of compared. One that is not there yet is left out; its step says so when it begins.
 */
export async function programsOf(
  plan: Plan,
  { pool, cwd, path }: { readonly pool: string; readonly cwd: string; readonly path: string },
): Promise<readonly PinnedProgram[]> {
  const found = new Map<string, PinnedProgram>()
  for (const { uses, with: input } of workOfPool(plan, pool).flatMap((id) => worksOf(plan, id))) {
    const name = uses === 'script' ? 'bash' : uses === 'command' ? firstWord(input['argv']) : undefined
    if (name === undefined) continue
    const folder = typeof input['cwd'] === 'string' ? resolve(cwd, input['cwd']) : cwd
    const program = await programAt(name, { cwd: folder, path })
    if (program !== undefined) found.set(program.path, program)
  }
  return [...found.values()]
}

function worksOf(plan: Plan, id: string): readonly Work[] {
  const step = plan.steps[id]
  if (step?.kind === 'watch') return step.checks.map(({ work }) => work)
  return step?.kind === 'run' || step?.kind === 'check' ? [step.work] : []
}

/** Undefined where it is known only when the step begins. */
function firstWord(argv: unknown): string | undefined {
  const first: unknown = Array.isArray(argv) ? argv[0] : undefined
  return typeof first === 'string' ? first : undefined
}

async function programAt(
  name: string,
  place: { readonly cwd: string; readonly path: string },
): Promise<PinnedProgram | undefined> {
  const path = await findTool(name, place)
    .then((found) => realpath(found))
    .catch(() => undefined)
  if (path === undefined) return undefined
  const { size } = await stat(path)
  return size > READ_MAX ? { name, path } : { name, path, sha256: await sha256Of(path) }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest('hex')
}
