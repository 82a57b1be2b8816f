import { resolve } from 'node:path'
import { ActionFailure } from '../../actions/action.ts'
import { CLIENT_TOOLS, clientMajor } from '../../actions/pg/client-tools.ts'
import { findTool } from '../../actions/programs/find-tool.ts'
import type { WrittenWork } from '../../runbook/work.ts'
import { error, ok, type Finding } from './finding.ts'
import { ownRunbooks } from './own-work.ts'
import type { Look, Place } from './place.ts'

/** What an action calls where its step does not say how: the first word of its `argv`. */
const USUAL: Readonly<Record<string, string>> = {
  'django.migrate': 'python3',
  'django.pending': 'python3',
  'prisma.migrate': 'npx',
  'prisma.pending': 'npx',
  'alembic.upgrade': 'alembic',
  'alembic.pending': 'alembic',
  script: 'bash',
}

/** The programs that the steps of this pool call, as far as the runbooks name them in so many words. */
export const tools: Look = {
  title: 'Tools',
  async look(place) {
    const needed = new Map<
      string,
      { readonly tool: string; readonly cwd: string; readonly files: Set<string> }
    >()
    for (const { file, work } of ownRunbooks(place)) {
      for (const { tool, cwd } of work.flatMap((one) => programsOf(one, place))) {
        const key = tool.includes('/') ? resolve(cwd, tool) : tool
        const known = needed.get(key) ?? { tool, cwd, files: new Set() }
        known.files.add(file)
        needed.set(key, known)
      }
    }
    if (needed.size === 0) return [ok('No step of this pool calls a program')]
    const looked = await Promise.all([...needed.values()].map((one) => lookFor(one, place)))
    const missing = looked.flatMap((one) => ('missing' in one ? [one.missing] : []))
    const found = looked.flatMap((one) => ('found' in one ? [one.found] : []))
    return [...(found.length > 0 ? [ok(found.join(', '))] : []), ...missing]
  },
}

/** @internal */
export function programsOf({ uses, arguments: given }: WrittenWork, { cwd }: Pick<Place, 'cwd'>) {
  const folder =
    typeof given['cwd'] === 'string' && !given['cwd'].startsWith('$') ? resolve(cwd, given['cwd']) : cwd
  const argv = given['argv']
  const [first] = Array.isArray(argv) ? argv : []
  const called = typeof first === 'string' ? first : USUAL[uses]
  const own = 'tools' in given ? [] : (CLIENT_TOOLS[uses] ?? [])
  // A name that is filled in later cannot be looked for now.
  return [...(called === undefined || called.startsWith('$') ? [] : [called]), ...own].map((tool) => ({
    tool,
    cwd: folder,
  }))
}

async function lookFor(
  { tool, cwd, files }: { readonly tool: string; readonly cwd: string; readonly files: ReadonlySet<string> },
  { environment }: Place,
): Promise<{ readonly found: string } | { readonly missing: Finding }> {
  try {
    await findTool(tool, { cwd, path: environment['PATH'] ?? '' })
  } catch (caught) {
    if (!(caught instanceof ActionFailure)) throw caught
    return {
      missing: error(`${caught.message.slice(0, -1)}, and ${[...files].join(', ')} calls it.`, caught.hint),
    }
  }
  const major = tool.startsWith('pg_') || tool === 'psql' ? await clientMajor(tool, environment) : null
  return { found: major === null ? tool : `${tool} ${major}` }
}
