import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { ActionContext } from '../../action.ts'
import { ActionFailure } from '../../action.ts'
import { programEnvironment } from '../../programs/environment.ts'
import { findTool } from '../../programs/find-tool.ts'
import type { PostgresTarget } from '../../targets.ts'
import { oneLine } from '../../wording.ts'
import { TOOL_HINTS } from './tool-hints.ts'

/** A client program of PostgreSQL on this host. */
export interface PostgresTool {
  readonly name: 'pg_dump' | 'pg_restore'
  readonly path: string
  /** What `--version` says: `pg_dump (PostgreSQL) 15.18`. */
  readonly text: string
  readonly major: number
}

const GRACE_MS = 5_000
const VERSION_LIMIT_MS = 10_000
const KEPT_BYTES = 64 * 1024
/** A wrapper's child may hold stderr open when the tool has ended; what came until then is what it said. */
const DRAIN_MS = 200

/**
 * Finds a client program: in `folder` where one is named, else on the worker's PATH. Throws {@link ActionFailure}
 * where it is missing or does not say its version.
 */
export async function postgresTool(
  name: PostgresTool['name'],
  { folder, context }: { readonly folder?: string | undefined; readonly context: ActionContext },
): Promise<PostgresTool> {
  const env = await environmentOf(context)
  const tool = folder === undefined ? name : join(folder, name)
  const path = await findTool(tool, { cwd: process.cwd(), path: env['PATH'] ?? '' })
  const limit = AbortSignal.any([context.signal, AbortSignal.timeout(VERSION_LIMIT_MS)])
  const { exit, lines } = await runToEnd(path, ['--version'], { env, signal: limit, stdout: 'pipe' })
  context.signal.throwIfAborted()
  const text = lines.at(-1) ?? ''
  const major = /\(PostgreSQL\) (\d+)/.exec(text)?.[1]
  if (exit === 0 && major !== undefined) return { name, path, text: text.trim(), major: Number(major) }
  throw new ActionFailure(`${path} does not say which version it is: ${oneLine(lines.join(' '), 200)}.`, {
    hint: 'Install the client programs of PostgreSQL, or name their folder in `tools`.',
    changed: 'nothing was started',
  })
}

/** A tool reads servers of its own version and older ones; an older tool leaves an empty file behind. */
export function refuseNewerServer(tool: PostgresTool, serverVersion: number, target: string): void {
  const server = Math.floor(serverVersion / 10_000)
  if (server <= tool.major) return
  throw new ActionFailure(
    `${target} is a PostgreSQL ${server}, and ${tool.path} is of version ${tool.major}.`,
    {
      hint: `Install the client programs of PostgreSQL ${server} (postgresql-client-${server}) on the worker, or name their folder in \`tools\`.`,
      changed: 'nothing was changed',
    },
  )
}

interface ToolRun {
  readonly target: PostgresTarget
  readonly context: ActionContext
  /** Also ends it, besides the cancel of a person. */
  readonly signal?: AbortSignal
  /** What it does, for a failure: `Dumping shop`. */
  readonly what: string
  readonly changed: string
}

/**
 * Runs a client program against a target to its end; gives what it warned of. Its exit code and what it printed are
 * both read: it fails where either tells of an error. The session bears the attempt's name, by which it is ended.
 */
export async function runTool(
  tool: PostgresTool,
  words: readonly string[],
  { target, context, signal = context.signal, what, changed }: ToolRun,
): Promise<readonly string[]> {
  signal.throwIfAborted()
  const env = await environmentOf(context, target)
  const { exit, lines } = await runToEnd(tool.path, words, { env, signal, stdout: 'ignore' })
  signal.throwIfAborted()
  for (const line of lines) context.log(line)
  const error = lines.find((line) => SAYS_ERROR.test(line)) ?? lines.find((line) => !SAYS_LESS.test(line))
  if (exit === 0 && error === undefined) return lines.filter((line) => SAYS_WARNING.test(line))
  throw toolFailure(`${what} failed`, { lines, error, end: exit, changed })
}

interface ToolEnd {
  /** Its exit code, or the signal that ended it; null where it could not be started. */
  readonly exit: number | string | null
  /** What it printed, without empty lines. */
  readonly lines: readonly string[]
}

// Loading the library that starts programs elsewhere takes longer than all else that is done before a dump begins.
async function runToEnd(
  path: string,
  words: readonly string[],
  {
    env,
    signal,
    stdout,
  }: {
    readonly env: Record<string, string>
    readonly signal: AbortSignal
    readonly stdout: 'pipe' | 'ignore'
  },
): Promise<ToolEnd> {
  signal.throwIfAborted()
  const child = spawn(path, words, { cwd: process.cwd(), env, stdio: ['ignore', stdout, 'pipe'] })
  const forget = endOnAbort(child, signal)
  const chunks: Buffer[] = []
  let kept = 0
  const take = (chunk: Buffer) => {
    if (kept < KEPT_BYTES) chunks.push(chunk)
    kept += chunk.length
  }
  child.stdout?.on('data', take)
  child.stderr?.on('data', take)
  // What keeps it from starting is told by the exit.
  const closed = once(child, 'close').catch(() => undefined)
  await once(child, 'exit').catch(() => undefined)
  await Promise.race([closed, pause(DRAIN_MS, undefined, { ref: false })])
  child.stdout?.destroy()
  child.stderr?.destroy()
  forget()
  const lines = Buffer.concat(chunks).toString('utf8').split('\n')
  const exit = child.pid === undefined ? null : (child.exitCode ?? child.signalCode)
  return { exit, lines: lines.filter((line) => line.trim() !== '') }
}

/** Asks it to end when `signal` is aborted, and ends it when it does not. Gives the function that stops both. */
function endOnAbort(child: ChildProcess, signal: AbortSignal): () => void {
  let grace: NodeJS.Timeout | undefined
  const end = () => {
    child.kill('SIGTERM')
    grace = setTimeout(() => child.kill('SIGKILL'), GRACE_MS)
  }
  signal.addEventListener('abort', end, { once: true })
  return () => {
    signal.removeEventListener('abort', end)
    clearTimeout(grace)
  }
}

const SAYS_ERROR = /\b(error|fatal|panic):|aborting because/i
const SAYS_WARNING = /\bwarning:/i
const SAYS_LESS = /\b(warning|notice|detail|hint|log|info|context):/i

function toolFailure(
  what: string,
  {
    lines,
    error,
    end,
    changed,
  }: {
    readonly lines: readonly string[]
    readonly error: string | undefined
    readonly end: number | string | null
    readonly changed: string
  },
): ActionFailure {
  const said = error ?? lines.at(-1)
  const all = lines.join('\n')
  const known = TOOL_HINTS.find(({ when }) => when.test(all))
  const told =
    said === undefined ? `it ended with ${end ?? 'no exit code'} and said nothing` : oneLine(said, 400)
  return new ActionFailure(`${what}: ${known ? `${known.says} (${told})` : told}`, {
    hint: known?.hint ?? 'The log of this attempt has all it said. Mend that, then try again.',
    changed,
  })
}

function environmentOf(context: ActionContext, target?: PostgresTarget): Promise<Record<string, string>> {
  const { attempt, folder, files, vars = {}, environment = {} } = context
  return programEnvironment(target && { target }, {
    attempt,
    folder,
    files,
    cwd: process.cwd(),
    vars,
    environment: { ...environment, LC_ALL: 'C' },
  })
}
