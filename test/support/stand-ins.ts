import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/** How a tool answers one call. */
export interface Answer {
  /** Its words, joined by blanks; or a pattern for them. */
  readonly call: string | RegExp
  readonly out?: string
  readonly err?: string
  readonly exit?: number
  /** Bash that is run in its place, with the words as `$@` and the tool's environment. */
  readonly run?: string
}

export interface Call {
  readonly tool: string
  readonly argv: readonly string[]
  readonly cwd: string
  /** False: nobody had told it of this call, and it failed. */
  readonly known: boolean
}

export interface StandIns {
  readonly folder: string
  /** A PATH on which they come first. */
  readonly path: string
  /** Every call so far, in order. */
  readonly calls: () => readonly Call[]
  /** The same as lines: `kubectl scale deployment/api --replicas=0`. */
  readonly lines: () => readonly string[]
  readonly remove: () => void
}

/**
 * Executables in place of tools that cannot be installed (kubectl, systemctl, aws, az, gh, docker …). Each records its
 * calls, and fails with 64 on one that it was not told of: a runbook is held to the calls that its plan shows.
 */
export function makeStandIns(tools: Readonly<Record<string, readonly Answer[]>>): StandIns {
  const folder = mkdtempSync(join(tmpdir(), 'cutover-stand-ins-'))
  const record = join(folder, 'calls.ndjson')
  for (const [tool, answers] of Object.entries(tools)) {
    const file = join(folder, tool)
    writeFileSync(file, programText(tool, answers.map(written), record))
    chmodSync(file, 0o755)
  }
  const calls = (): readonly Call[] =>
    existsSync(record)
      ? readFileSync(record, 'utf8')
          .trimEnd()
          .split('\n')
          .map((line): Call => JSON.parse(line))
      : []
  return {
    folder,
    path: `${folder}${delimiter}${process.env['PATH'] ?? ''}`,
    calls,
    lines: () => calls().map(({ tool, argv }) => [tool, ...argv].join(' ')),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

const written = ({ call, ...answer }: Answer) => ({
  ...answer,
  ...(typeof call === 'string' ? { exactly: call } : { pattern: call.source, flags: call.flags }),
})

/** CommonJS without an extension, whatever package.json lies above. */
const programText = (
  tool: string,
  answers: readonly object[],
  record: string,
): string => `#!${process.execPath}
const { appendFileSync } = require('node:fs')
const { spawnSync } = require('node:child_process')
const argv = process.argv.slice(2)
const line = argv.join(' ')
const answer = ${JSON.stringify(answers)}.find(({ exactly, pattern, flags }) =>
  pattern === undefined ? exactly === line : new RegExp(pattern, flags).test(line))
const call = { tool: ${JSON.stringify(tool)}, argv, cwd: process.cwd(), known: answer !== undefined }
appendFileSync(${JSON.stringify(record)}, JSON.stringify(call) + '\\n')
if (answer === undefined) {
  process.stderr.write('stand-in of ${tool}: nobody told it of "' + line + '"\\n')
  process.exit(64)
}
if (answer.out) process.stdout.write(answer.out + '\\n')
if (answer.err) process.stderr.write(answer.err + '\\n')
if (answer.run === undefined) process.exit(answer.exit ?? 0)
const { status } = spawnSync('bash', ['-c', answer.run, ${JSON.stringify(tool)}, ...argv], { stdio: 'inherit' })
process.exit(status ?? 70)
`
