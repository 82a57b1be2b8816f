import type { Complaint } from '../finding.ts'
import { programOf } from '../shell/programs.ts'
import type { Program } from '../shell/programs.ts'
import { shellCommands } from '../shell/words.ts'
import type { Fence } from './blocks.ts'
import type { DraftFile, DraftStep } from './draft-step.ts'

export interface FenceContext {
  readonly newId: (title: string) => string
  /** Folder of the draft's files, below the runbook's own. */
  readonly folder: string
  /** Called when a database is asked or changed: the draft then declares the target `main`. */
  readonly needsTarget: () => void
  /** Tells the reader of the import something about the Markdown. */
  readonly tell: (line: number, complaint: Complaint) => void
  /** Steps of a way back are not undone themselves. */
  readonly isWayBack?: boolean
  readonly addFile: (file: DraftFile) => void
}

/** Why a program stays with a person; nothing for the others. */
const BY_HAND: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ssh: 'it opens a shell on another host; give that host a worker and name its pool',
    script: 'it opens a shell that never ends by itself; the attempt keeps the output anyway',
    vi: 'it waits for somebody at the keyboard',
    vim: 'it waits for somebody at the keyboard',
    nano: 'it waits for somebody at the keyboard',
    watch: 'it never ends by itself; write a `watch` step',
  }),
)

/** What only looks, by program: everything, or when one of these words is given. */
const LOOKS: ReadonlyMap<string, true | RegExp> = new Map<string, true | RegExp>(
  Object.entries({
    ls: true,
    df: true,
    du: true,
    cat: true,
    head: true,
    tail: true,
    grep: true,
    lsof: true,
    date: true,
    echo: true,
    sleep: true,
    sha256sum: true,
    curl: /^(?!.*(?:-X|--request|-d|--data))/,
    gunzip: /(?:^| )-t\b/,
    gzip: /(?:^| )-t\b/,
    pg_restore: /(?:^| )(?:--list|-l)\b/,
    kubectl: /(?:^| )(?:get|logs|describe|wait|rollout status)\b/,
    systemctl: /(?:^| )(?:status|is-active|is-enabled)\b/,
    git: /(?:^| )(?:status|log|diff)\b/,
    python: /(?:--plan|--check|showmigrations)\b/,
    prisma: /migrate status/,
    npx: /prisma migrate status/,
    pytest: true,
    docker: /migrate --(?:plan|check)/,
  }),
)

/** The steps that a fenced command becomes, by what it does; `title` is that of the step it stands in. */
export function fenceSteps(fence: Fence, title: string, context: FenceContext): DraftStep[] {
  const kind = languageOf(fence)
  if (kind === 'sql') return sqlSteps(fence, title, context)
  if (kind === 'shell') return shellSteps(fence, title, context)
  return [byHand(fence, title, 'What is written here is no command that a machine could be given.', context)]
}

/** A command that people carry out as it is written, with the reason why no machine does. */
export const byHand = (
  fence: Pick<Fence, 'text' | 'line'>,
  title: string,
  why: string,
  { newId }: Pick<FenceContext, 'newId'>,
): DraftStep => ({
  id: newId(title),
  line: fence.line,
  document: { do: title, help: helpWith(fence.text, why) },
})

export const helpWith = (command: string, why: string): string =>
  `${why}\n\n${command
    .split('\n')
    .map((line) => `    ${line}`.trimEnd())
    .join('\n')}`

function languageOf({ language, text }: Fence): 'sql' | 'shell' | 'text' {
  if (/^(?:sql|psql|postgresql|postgres)$/.test(language)) return 'sql'
  if (/^(?:bash|sh|shell|zsh|console|shell-session)$/.test(language)) return 'shell'
  if (language !== '') return 'text'
  if (/^\s*(?:--.*\n\s*)*(?:select|with|insert|update|delete|alter|create|drop|vacuum|analyze)\b/i.test(text))
    return 'sql'
  const first = programsIn(text)[0]
  return first !== undefined && (LOOKS.has(first.name) || KNOWN.has(first.name)) ? 'shell' : 'text'
}

const KNOWN: ReadonlySet<string> = new Set([
  'psql', 'pg_dump', 'pg_restore', 'createdb', 'dropdb', 'docker', 'aws', 'az', 'gh', 'cp', 'mv', 'rm', 'sudo',
  'npm', 'yarn', 'alembic', 'cd', 'export', 'make', 'ansible', 'terraform', 'helm', 'mysqldump', 'rsync', 'scp',
]) // prettier-ignore

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

const programsIn = (text: string): Program[] =>
  shellCommands(text.replaceAll(/^\s*\$ /gm, '')).flatMap((command) => programOf(command) ?? [])

function sqlSteps(fence: Fence, title: string, context: FenceContext): DraftStep[] {
  const statements = statementsIn(fence.text)
  if (statements.length === 0) return [byHand(fence, title, 'There is only a comment here.', context)]
  const looks = statements.every(({ sql }) => isQuery(sql))
  context.needsTarget()
  if (looks) {
    return statements.map(({ sql, comment, offset }) => {
      const own = statements.length === 1 ? title : (comment ?? title)
      return {
        id: context.newId(own),
        line: fence.line + 1 + fence.text.slice(0, offset).split('\n').length - 1,
        document: { check: own, sql: { target: 'main', query: sql }, expect: { rows: '>= 0' } },
        command: { text: sql },
      }
    })
  }
  const id = context.newId(title)
  const path = `${context.folder}/${id}.sql`
  context.addFile({ path, text: `${fence.text}\n` })
  return [
    {
      id,
      line: fence.line,
      document: {
        run: title,
        uses: 'pg.apply',
        with: { target: 'main', files: [path] },
        ...undoUnknown(context),
      },
      command: { text: fence.text },
    },
  ]
}

/** What the draft says where the Markdown does not say how a change is undone. */
const undoUnknown = ({ isWayBack }: FenceContext): { readonly irreversible?: string } =>
  isWayBack === true
    ? {}
    : {
        irreversible: 'Imported; nobody has said yet how this is undone. Write `undo:` instead of this line.',
      }

const isQuery = (sql: string): boolean => /^\s*(?:select|with|show|explain|table|values)\b/i.test(sql)

interface Statement {
  readonly sql: string
  /** The comment above it. */
  readonly comment?: string
  readonly offset: number
}

/** Statements by their semicolons at the end of a line; enough for what people write into a runbook. */
function statementsIn(text: string): Statement[] {
  const statements: Statement[] = []
  let offset = 0
  for (const part of text.split(/;[ \t]*(?=\n|$)/)) {
    const comments = [...part.matchAll(/^\s*--\s*(.+)$/gm)].map((match) => match[1] ?? '')
    const sql = part.replaceAll(/^\s*--.*$/gm, '').trim()
    if (sql !== '') {
      const at = offset + part.indexOf(sql.split('\n')[0] ?? '')
      statements.push({ sql, offset: at, ...(comments[0] === undefined ? {} : { comment: comments[0] }) })
    }
    offset += part.length + 1
  }
  return statements
}

function shellSteps(fence: Fence, title: string, context: FenceContext): DraftStep[] {
  const programs = programsIn(fence.text)
  if (programs.length === 0) return [byHand(fence, title, 'There is only a comment here.', context)]
  const hand = programs.find(({ name }) => BY_HAND.has(name))
  if (hand !== undefined) {
    const why = BY_HAND.get(hand.name) ?? ''
    context.tell(fence.line, {
      code: 'by-hand',
      message: `\`${hand.name}\` stays with a person: ${why.split('; ')[0]}`,
      hint: sentence(why.split('; ')[1] ?? 'Write what it should do as a step of its own'),
    })
    return [byHand(fence, title, `By hand, because of \`${hand.name}\`: ${why}.`, context)]
  }
  const blank = /<[a-z][\w -]*>|\b[A-Z_]*(?:YYYY|TIMESTAMP)[A-Z_-]*\b(?!\})|:\/\/\.\.\./.exec(
    fence.text.replaceAll(/\$\{?\w+\}?/g, ''),
  )
  if (blank !== null) {
    context.tell(fence.line, {
      code: 'blank-in-command',
      message: `${blank[0]} in this command must be filled in by hand`,
      hint: 'Name it under `vars`, or take the fact of an earlier step, such as `$backup.file`.',
    })
    return [byHand(fence, title, `By hand, because \`${blank[0]}\` must be filled in first.`, context)]
  }
  return asChecks(fence, title, programs, context) ?? [script(fence, title, programs, context)]
}

/** A fence of nothing but web addresses and queries is what a machine looks at. */
function asChecks(
  fence: Fence,
  title: string,
  programs: readonly Program[],
  context: FenceContext,
): DraftStep[] | undefined {
  const looks = programs.filter(({ name }) => name !== 'echo')
  const documents = looks.map((program) => webCheck(program) ?? queryCheck(program))
  if (documents.some((document) => document === undefined)) return undefined
  return documents.flatMap((document, index) => {
    if (document === undefined) return []
    if ('sql' in document) context.needsTarget()
    const own = documents.length === 1 ? title : `${title} (${index + 1})`
    return [
      {
        id: context.newId(own),
        line: fence.line,
        document: { check: own, ...document },
        command: { text: fence.text },
      },
    ]
  })
}

function webCheck({ name, words }: Program): DraftStep['document'] | undefined {
  if (name !== 'curl' || words.some(({ text }) => /^(?:-X|--request|-d|--data|-o|-u)/.test(text)))
    return undefined
  const url = words.find(({ text }) => /^https?:\/\/[^$]+$/.test(text))?.text
  return url === undefined ? undefined : { http: { url }, expect: { status: 200 } }
}

function queryCheck({ name, words }: Program): DraftStep['document'] | undefined {
  if (name !== 'psql') return undefined
  const at = words.findIndex(({ text }) => text === '-c' || text === '--command')
  const query = words[at + 1]?.text.trim().replace(/;$/, '')
  return at < 0 || query === undefined || !isQuery(query) || query.includes(';')
    ? undefined
    : { sql: { target: 'main', query }, expect: { rows: '>= 0' } }
}

function script(fence: Fence, title: string, programs: readonly Program[], context: FenceContext): DraftStep {
  const id = context.newId(title)
  const path = `${context.folder}/${id}.sh`
  const usesTarget = programs.some(({ name }) => /^(?:psql|pg_\w+|createdb|dropdb)$/.test(name))
  if (usesTarget) context.needsTarget()
  context.addFile({ path, text: `${fence.text.replaceAll(/^\s*\$ /gm, '')}\n` })
  const looks = programs.every(onlyLooks) && !/(?:^|[^2&])>{1,2}\s*[^&\s]/.test(fence.text)
  return {
    id,
    line: fence.line,
    document: {
      run: title,
      script: path,
      ...(usesTarget ? { env: { target: 'main' } } : {}),
      ...(looks ? { read_only: true } : undoUnknown(context)),
    },
    command: { text: fence.text },
  }
}

function onlyLooks({ name, words }: Program): boolean {
  const rule = LOOKS.get(name)
  return rule === true || (rule !== undefined && rule.test(words.map(({ text }) => text).join(' ')))
}
