import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import { errorAt } from './finding.ts'
import type { Finding } from './finding.ts'
import type { Context } from './rules/context.ts'
import { complain } from './rules/context.ts'
import type { NamedFile } from './runbook.ts'
import type { Path } from './source.ts'
import { decodeText } from './source.ts'
import { workOf, writtenWork } from './work.ts'

/**
 * Reads a file by its path relative to the runbook's folder, with forward slashes; undefined when there is none. A
 * folder gives the names of the files in it. It must not leave that folder: the path is text from the runbook.
 */
export type ReadFile = (
  path: string,
) => string | Uint8Array | { readonly folder: readonly string[] } | undefined

/** `page`: status pages and pagers take sentences; `webhook`: a JSON object where the template has one. */
export type TemplateMedium = 'slack' | 'email' | 'webhook' | 'page'

/** Looks at one notice; line and column count from 1 in the template's own text. */
export type CheckTemplate = (template: {
  readonly path: string
  readonly text: string
  /** How it may go out, in any environment. */
  readonly media: readonly TemplateMedium[]
  /** Names of the runbook's roles. */
  readonly roles: readonly string[]
  /** Contact → what the runbook says of it: name, phone… */
  readonly contacts: { readonly [name: string]: readonly string[] }
}) => readonly {
  readonly line: number
  readonly col: number
  readonly message: string
  readonly hint: string
}[]

export interface NamedFiles {
  readonly findings: Finding[]
  readonly files: ReadonlyMap<string, NamedFile>
  readonly templates: ReadonlyMap<string, NamedFile>
}

/** Reads every script, SQL file and template that the steps name, each once. */
export function readNamedFiles(
  context: Context,
  readFile: ReadFile,
  checkTemplate: CheckTemplate | undefined,
): NamedFiles {
  const findings: Finding[] = []
  const files = new Map<string, NamedFile>()
  const templates = new Map<string, NamedFile>()
  const seen = new Set<string>()
  const names = namesIn(context).flatMap((named) => sqlInFolder(readFile, named))
  for (const { name, path, audiences } of names) {
    const into = audiences === undefined ? files : templates
    const key = `${audiences === undefined} ${name}`
    if (seen.has(key)) continue
    seen.add(key)
    const read = readNamed(context, readFile, name, path)
    if ('finding' in read) {
      findings.push(read.finding)
      continue
    }
    into.set(name, read.file)
    if (audiences === undefined || checkTemplate === undefined) continue
    const to = names.flatMap((other) => (other.name === name ? (other.audiences ?? []) : []))
    const roles = Object.keys(context.draft.head.roles ?? {})
    const contacts = Object.fromEntries(
      Object.entries(context.draft.head.contacts ?? {}).map(([key, contact]) => [key, Object.keys(contact)]),
    )
    const given = { path: name, text: read.file.text, media: mediaOf(context, to), roles, contacts }
    for (const { line, col, message, hint } of checkTemplate(given)) {
      const spot = { file: besideRunbook(context, name), line, col }
      findings.push(errorAt(spot, { code: 'template', message, hint }))
    }
  }
  return { findings, files, templates }
}

/** How a named file is called in findings: beside the runbook, wherever that was given. */
export const besideRunbook = ({ draft }: Context, name: string): string =>
  posix.join(posix.dirname(draft.source.file), name)

interface NameInPlace {
  readonly name: string
  readonly path: Path
  /** Of a template: whom it is told. */
  readonly audiences?: readonly string[]
  readonly mayBeFolder?: boolean
}

/** By which media an audience is reached in any environment. */
function mediaOf({ draft }: Context, audiences: readonly string[]): TemplateMedium[] {
  const { head } = draft
  const places = [head.audiences, ...Object.values(head.environments ?? {}).map((own) => own.audiences)]
  const reached = places.flatMap((place) => audiences.flatMap((name) => place?.[name] ?? []))
  return [
    ...(['slack', 'email'] as const).filter((medium) =>
      reached.some((audience) => audience[medium] !== undefined),
    ),
    ...reached.flatMap(({ webhook, shape = 'json' }) =>
      webhook === undefined ? [] : [shape === 'json' ? ('webhook' as const) : ('page' as const)],
    ),
  ]
}

/** What is taken of a folder is what `pg.apply` takes of it: its `*.sql`, by name. */
function sqlInFolder(readFile: ReadFile, named: NameInPlace): readonly NameInPlace[] {
  const content = named.mayBeFolder === true && isPlain(named.name) ? readFile(named.name) : undefined
  if (typeof content !== 'object' || !('folder' in content)) return [named]
  const inside = content.folder.filter((name) => name.endsWith('.sql')).toSorted()
  // Without any, the folder itself is complained of.
  return inside.length === 0
    ? [named]
    : inside.map((name) => ({ name: posix.join(named.name, name), path: named.path }))
}

/** Notices that an occasion calls for; without `to` they may go to anybody. */
function occasionTemplates({ draft }: Context): NameInPlace[] {
  const everybody = Object.keys(draft.head.audiences ?? {})
  return Object.entries(draft.head.notices ?? {}).flatMap(([name, notice]) =>
    notice === undefined
      ? []
      : [
          {
            name: notice.template,
            path: ['notices', name, 'template'],
            audiences: notice.to ?? everybody,
          },
        ],
  )
}

function namesIn(context: Context): NameInPlace[] {
  return [...occasionTemplates(context), ...namesOfSteps(context)]
}

function namesOfSteps(context: Context): NameInPlace[] {
  return context.draft.steps.flatMap((step): NameInPlace[] => {
    if (step.kind === 'tell')
      return [{ name: step.document.template, path: [...step.path, 'template'], audiences: step.document.to }]
    return workOf(step).flatMap(({ document, path }) => {
      const work = writtenWork(document, path)
      const spec = work && context.catalogue[work.uses]
      if (work === undefined || spec === undefined) return []
      return Object.entries(work.arguments).flatMap(([parameter, value]) => {
        if (spec.parameters[parameter]?.type !== 'file') return []
        const at = work.argumentPath(parameter)
        const mayBeFolder = parameter === 'files'
        if (typeof value === 'string') return isName(value) ? [{ name: value, path: at, mayBeFolder }] : []
        return (Array.isArray(value) ? value : []).flatMap((item, index) =>
          typeof item === 'string' && isName(item) ? [{ name: item, path: [...at, index], mayBeFolder }] : [],
        )
      })
    })
  })
}

/** A reference in place of a file has a finding of its own. */
const isName = (value: string): boolean => !value.startsWith('$')

const isPlain = (name: string): boolean =>
  !name.startsWith('/') && !name.split('/').includes('..') && posix.normalize(name) === name

function readNamed(
  context: Context,
  readFile: ReadFile,
  name: string,
  path: Path,
): { readonly file: NamedFile } | { readonly finding: Finding } {
  const refuse = (message: string, hint: string) => ({
    finding: complain(context, path, { code: 'bad-file', message, hint }),
  })
  if (!isPlain(name)) {
    return refuse(
      `"${name}" is not a plain path below the runbook's folder`,
      'Put the file beside the runbook, so that it is reviewed and pinned with it, and write its path without "." and "..".',
    )
  }
  const content = readFile(name)
  if (content === undefined)
    return refuse(`there is no file "${besideRunbook(context, name)}"`, 'Add it, or correct the path.')
  if (typeof content === 'object' && 'folder' in content) {
    return refuse(
      `"${besideRunbook(context, name)}" is a folder without an .sql file`,
      'Name the file itself; a folder is taken by `files` of pg.apply, for the .sql files in it.',
    )
  }
  const decoded = decodeText(content)
  if (!decoded.ok) return refuse(`${name}: ${decoded.message}`, decoded.hint)
  return { file: { text: decoded.text, sha256: createHash('sha256').update(content).digest('hex') } }
}
