import { posix } from 'node:path'
import { besideRunbook } from '../files.ts'
import type { Spot } from '../finding.ts'
import type { PlacedStep } from '../runbook.ts'
import { programOf } from '../shell/programs.ts'
import type { Program } from '../shell/programs.ts'
import { shellCommands } from '../shell/words.ts'
import type { ShellCommand, Word } from '../shell/words.ts'
import type { Path } from '../source.ts'
import { workOf, writtenWork } from '../work.ts'
import type { LintContext } from './context.ts'

/** A command of the runbook, wherever it is written, with the program that it starts. */
export interface FoundCommand extends ShellCommand {
  readonly program: Program
  readonly step: PlacedStep
  readonly spot: Spot
  readonly shell: Shell
}

/** The text a command stands in. */
export interface Shell {
  /** `argv` has no shell at all: nothing in it is expanded. */
  readonly kind: 'script' | 'shell -c' | 'argv'
  readonly pipefail: boolean
  readonly globstar: boolean
  readonly commands: readonly ShellCommand[]
}

/** A dozen rules ask for the same texts of one runbook. */
function oncePerRunbook<Found>(find: (context: LintContext) => Found): (context: LintContext) => Found {
  const known = new WeakMap<LintContext, Found>()
  return (context) => {
    const found = known.get(context) ?? find(context)
    known.set(context, found)
    return found
  }
}

/** Every command that the steps run: argv, what `bash -c` is given, and scripts. */
export const commandsOf: (context: LintContext) => readonly FoundCommand[] = oncePerRunbook(findCommands)

function findCommands(context: LintContext): FoundCommand[] {
  return context.draft.steps.flatMap((step) =>
    workOf(step).flatMap(({ document, path }) => {
      const work = writtenWork(document, path)
      if (work?.uses === 'command')
        return argvCommands(context, step, work.arguments['argv'], work.argumentPath('argv'))
      const file = work?.uses === 'script' ? work.arguments['file'] : undefined
      return typeof file === 'string' ? scriptCommands(context, step, file) : []
    }),
  )
}

function argvCommands(context: LintContext, step: PlacedStep, argv: unknown, path: Path): FoundCommand[] {
  const words = (Array.isArray(argv) ? argv : []).map((text): Word => ({
    text: String(text),
    plain: String(text),
    offset: 0,
  }))
  const command: ShellCommand = { words, offset: 0, joint: 'end', nested: false }
  const program = programOf(command)
  if (program === undefined) return []
  const shell: Shell = { kind: 'argv', pipefail: true, globstar: false, commands: [command] }
  const spot = context.draft.source.spot(path)
  return [{ ...command, program, step, spot, shell }, ...innerShell(step, program, () => spot)]
}

function scriptCommands(context: LintContext, step: PlacedStep, name: string): FoundCommand[] {
  const file = context.files.get(name)
  if (file === undefined) return []
  const spotAt = spotIn(besideRunbook(context, name), file.text)
  // Scripts are run by `bash -euo pipefail`.
  const pipefail = !/set\s+\+o\s+pipefail/.test(file.text)
  return found(step, file.text, { kind: 'script', pipefail }, spotAt)
}

function found(
  step: PlacedStep,
  text: string,
  { kind, pipefail }: Pick<Shell, 'kind' | 'pipefail'>,
  spotAt: (offset: number) => Spot,
): FoundCommand[] {
  const commands = shellCommands(text)
  const shell: Shell = { kind, pipefail, globstar: /shopt\s+-s\s+globstar/.test(text), commands }
  return commands.flatMap((command) => {
    const program = programOf(command)
    if (program === undefined) return []
    const spot = spotAt(command.offset)
    return [{ ...command, program, step, spot, shell }, ...innerShell(step, program, () => spot)]
  })
}

const SHELLS: ReadonlySet<string> = new Set(['bash', 'sh', 'dash', 'zsh', 'ksh'])

/** `bash -c "…"` runs a text of its own, without the strictness of scripts. */
function innerShell(step: PlacedStep, { name, words }: Program, spotAt: () => Spot): FoundCommand[] {
  if (!SHELLS.has(name)) return []
  const flag = words.findIndex(({ text }) => /^-[a-z]*c$/.test(text))
  const text =
    flag === -1 ? undefined : words.slice(flag + 1).find((word) => !word.text.startsWith('-'))?.text
  if (text === undefined) return []
  const pipefail = /pipefail/.test(text) || words.some((word) => word.text === 'pipefail')
  return found(step, text, { kind: 'shell -c', pipefail }, spotAt)
}

/** Turns an offset in a named file into its place. */
export function spotIn(file: string, text: string): (offset: number) => Spot {
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)]
  return (offset) => {
    const line = starts.findLastIndex((start) => start <= offset)
    return { file, line: line + 1, col: offset - (starts[line] ?? 0) + 1 }
  }
}

/** SQL that the steps send, wherever it is written. */
export interface FoundSql {
  readonly text: string
  readonly step: PlacedStep
  readonly spotAt: (offset: number) => Spot
}

export const sqlOf: (context: LintContext) => readonly FoundSql[] = oncePerRunbook(findSql)

function findSql(context: LintContext): FoundSql[] {
  const written = context.draft.steps.flatMap((step) =>
    workOf(step).flatMap(({ document, path }): FoundSql[] => {
      const work = writtenWork(document, path)
      return Object.entries(work?.arguments ?? {}).flatMap(([name, value]): FoundSql[] => {
        if (name === 'query' && typeof value === 'string') {
          const spot = context.draft.source.spot(work?.argumentPath(name) ?? path)
          return [{ text: value, step, spotAt: () => spot }]
        }
        const names = typeof value === 'string' ? [value] : Array.isArray(value) ? value : []
        return names.flatMap((file) =>
          typeof file !== 'string'
            ? []
            : sqlFiles(context, file).map(([own, { text }]) => ({
                text,
                step,
                spotAt: spotIn(besideRunbook(context, own), text),
              })),
        )
      })
    }),
  )
  const byPsql = commandsOf(context).flatMap(({ program, step, spot }): FoundSql[] => {
    if (program.name !== 'psql') return []
    return program.words.flatMap(({ text }, index): FoundSql[] => {
      const inline = /^(?:-[A-Za-z]*c|--command)$/.test(program.words[index - 1]?.text ?? '')
      return inline ? [{ text, step, spotAt: () => spot }] : []
    })
  })
  return [...written, ...byPsql]
}

/** The file itself, or the ones of a folder. */
const sqlFiles = ({ files }: LintContext, name: string) =>
  [...files].filter(
    ([own]) =>
      own.endsWith('.sql') &&
      (own === name || posix.dirname(own) === posix.normalize(name).replace(/\/$/, '')),
  )

/** The text without its comments, at the same offsets. */
export const withoutSqlComments = (text: string): string =>
  text.replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, ' '))
