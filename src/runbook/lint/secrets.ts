import { z } from 'zod'
import { besideRunbook } from '../files.ts'
import { errorAt } from '../finding.ts'
import type { Finding } from '../finding.ts'
import { readReference } from '../values/reference.ts'
import { workOf, writtenWork } from '../work.ts'
import type { LintContext } from './context.ts'
import { commandsOf, spotIn } from './texts.ts'
import type { FoundCommand } from './texts.ts'

const HINT = 'Name it under `secrets`, bind it on the worker, and pass it by `env: { NAME: $NAME }`.'

/** Forms that real secrets have. A placeholder in angle brackets or a `$NAME` is none. */
const SECRETS: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: 'a URL with a password', pattern: /\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@"'<>$]+:([^\s@"'<>$*{}]+)@/gi },
  { what: 'a private key', pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----/g },
  { what: 'a Slack token', pattern: /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/g },
  { what: 'a GitHub token', pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,})/g },
  { what: 'an AWS key', pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g },
  {
    what: 'a password',
    pattern:
      /\b(?:password|passwd|pgpassword|secret_key|api_key|access_token)["']?\s*[:=]\s*["']?[^\s"'$<{,}]{6,}/gi,
  },
]

/** A secret in the runbook is in the repository, in the log of every cutover and in every export. */
export function secretsInText(context: LintContext): Finding[] {
  const { source } = context.draft
  const texts = [
    { text: source.text, spotAt: source.spotAt },
    ...[...context.files].map(([name, { text }]) => ({
      text,
      spotAt: spotIn(besideRunbook(context, name), text),
    })),
  ]
  return texts.flatMap(({ text, spotAt }) =>
    SECRETS.flatMap(({ what, pattern }) =>
      [...text.matchAll(pattern)].map(({ index }) =>
        errorAt(spotAt(index), {
          code: 'secret-in-text',
          message: `this looks like ${what}, which would be in the repository, the log and every export`,
          hint: HINT,
        }),
      ),
    ),
  )
}

const ASKS_FOR_SECRET = /pass(?:word|phrase|wd|code)|secret|token/i
const IS_ONE_OF_THEM = z.array(z.object({ prompt: z.string(), send: z.string() }))
/** `Keep the old password?` is answered by a word, too. */
const MERE_WORD = /^(?:|y|yes|n|no|ok|true|false)$/i

/** What is sent to a program that asks for a secret. */
export function secretsSent(context: LintContext): Finding[] {
  return context.draft.steps.flatMap(workOf).flatMap(({ document, path }) => {
    const written = writtenWork(document, path)
    const answers = IS_ONE_OF_THEM.safeParse(written?.arguments['answers']).data ?? []
    return answers.flatMap(({ prompt, send }, index) => {
      if (!ASKS_FOR_SECRET.test(prompt) || MERE_WORD.test(send) || readReference(send).kind !== 'text')
        return []
      return [
        errorAt(context.draft.source.spot([...(written?.argumentPath('answers') ?? path), index, 'send']), {
          code: 'secret-in-text',
          message: `“${prompt}” is answered by a text, which would be in the repository, the log and every export`,
          hint: 'Name it under `secrets`, bind it on the worker, and write `send: $SECRET`.',
        }),
      ]
    })
  })
}

/** What a program is called with can be read by every user of the host, by `ps`. */
export function passwordInArgv(context: LintContext): Finding[] {
  const secrets = new Set(context.draft.head.secrets ?? [])
  return commandsOf(context).flatMap((found) => {
    const word = SHOWS_NOTHING.has(found.program.name) ? undefined : showing(found, secrets)
    if (word === undefined) return []
    return [
      errorAt(found.spot, {
        code: 'password-in-argv',
        message: `\`${found.program.name}\` is called with ${word}, which every user of the host can read by \`ps\` while it runs`,
        hint: 'PostgreSQL programs take `env: { target: NAME }` (PG* variables and a passfile); give others a file or a variable.',
      }),
    ]
  })
}

/** Builtins of the shell start no process. */
const SHOWS_NOTHING: ReadonlySet<string> = new Set(
  'echo printf export test [ [[ read local declare unset : set return'.split(' '),
)

const SECRET_VARIABLE = /^\$\{?([A-Za-z_]\w*?)(?::?[-?+][^}]*)?\}?$/
const SECRET_NAME = /(?:_URL|_DSN|PASSWORD|PASSWD|_TOKEN|_SECRET|_KEY)$/

function showing({ program, shell }: FoundCommand, secrets: ReadonlySet<string>): string | undefined {
  for (const { text } of program.words) {
    if (/^--?(?:password|passwd|pass|token|secret)=(?!$)/i.test(text))
      return `a password (${text.split('=')[0]}=…)`
    if (/^--?(?:password|token)$/i.test(text) && program.name !== 'psql') return `a password (${text} …)`
    if (['mysql', 'mysqldump', 'mysqladmin'].includes(program.name) && /^-p\S/.test(text))
      return 'a password (-p…)'
    if (/:\/\/[^\s:/@]*:[^\s@/]+@/.test(text)) return 'a URL that holds a password'
    const name = shell.kind === 'argv' ? undefined : SECRET_VARIABLE.exec(text)?.[1]
    if (name !== undefined && (secrets.has(name) || SECRET_NAME.test(name))) return `the value of $${name}`
  }
  return undefined
}
