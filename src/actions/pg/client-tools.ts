import { ActionFailure } from '../action.ts'
import { findTool } from '../programs/find-tool.ts'
import { runBounded } from '../programs/run-bounded.ts'

const WITHIN_MS = 10_000

/** Client programs of PostgreSQL that steps use, and which actions need which. */
export const CLIENT_TOOLS: Readonly<Record<string, readonly string[]>> = {
  'pg.backup': ['pg_dump'],
  'pg.test-restore': ['pg_restore'],
  'pg.restore': ['pg_restore'],
}

/** Its major version. Null: the program is not on the PATH, or does not say. */
export async function clientMajor(
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number | null> {
  const path = environment['PATH'] ?? ''
  try {
    const file = await findTool(name, { cwd: '/', path })
    const program = { argv: [file, '--version'] as const, env: { PATH: path, LC_ALL: 'C' }, cwd: '/' }
    const { output } = await runBounded(program, {
      timeoutMs: WITHIN_MS,
      signal: AbortSignal.timeout(WITHIN_MS),
    })
    const major = /\(PostgreSQL\) (\d+)/.exec(output)?.[1]
    return major === undefined ? null : Number(major)
  } catch (error) {
    if (error instanceof ActionFailure) return null
    throw error
  }
}
