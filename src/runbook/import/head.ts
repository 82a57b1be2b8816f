import { warningAt } from '../finding.ts'
import type { Finding } from '../finding.ts'
import { slug } from '../slug.ts'
import type { Section } from './outline.ts'
import { allSections } from './outline.ts'
import { pairIn, plainLines } from './words.ts'

export interface DraftHead {
  readonly key: string
  readonly title: string
  readonly owner: string
  readonly updated?: string
  readonly length: string
  readonly zone: string
  readonly links: { readonly [title: string]: string }
  /** Slack channels that the text names, with their `#`. */
  readonly channels: readonly string[]
  /** Database that its commands speak of. */
  readonly database: string
  /** Of the channel, where the text plans one per migration. */
  readonly channel?: string
  readonly findings: readonly Finding[]
}

/** What the head of the runbook needs, from wherever the document says it. */
export function headOf(root: Section, file: string, text: string): DraftHead {
  const name = fileName(file)
  const title = root.sections[0]?.title.replace(/\s*\(draft\)$/i, '') || name
  const key = slug(title) || slug(name) || 'runbook'
  const pairs = plainLines(root).flatMap((line) => pairIn(line) ?? [])
  const said = (pattern: RegExp) => pairs.find((pair) => pattern.test(pair.name))?.value
  const owner = said(/^owner$/i)
  const length = windowIn(text)
  const updated = dateIn(said(/^(?:last )?updated$|^date$|^last updated$/i))
  return {
    key,
    title,
    owner: owner === undefined ? 'unknown' : slug(owner) || 'unknown',
    ...(updated === undefined ? {} : { updated }),
    length: length ?? '4h',
    zone: 'UTC',
    links: linksIn(root),
    channels: channelsIn(text),
    database: databaseIn(text) ?? bareName(key),
    ...channelIn(text),
    findings: unsaid(file, { owner, length }),
  }
}

/** What the document does not say and the draft had to assume. */
function unsaid(
  file: string,
  { owner, length }: { readonly owner: string | undefined; readonly length: string | undefined },
): Finding[] {
  const assumed = [
    owner === undefined && {
      code: 'no-owner',
      message: 'nobody is named as owner',
      hint: 'Write who looks after this runbook.',
    },
    length === undefined && {
      code: 'no-window',
      message: 'no maintenance window is named; the draft says four hours',
      hint: 'Write its true length.',
    },
    {
      code: 'no-zone',
      message: 'the draft plans in UTC',
      hint: 'Write the zone of your clock into `window.zone`: Europe/Berlin.',
    },
  ]
  return assumed.flatMap((complaint) =>
    complaint === false ? [] : [warningAt({ file, line: 1, col: 1 }, complaint)],
  )
}

/** `#ops` in the text, not the anchor of a link. */
const channelsIn = (text: string): readonly string[] => {
  const found = text.matchAll(/(?<=[\s`])#([a-z][a-z0-9-]{1,78}[a-z0-9])(?=[\s,.)`]|$)/gm)
  return [...new Set([...found].map(([, channel]) => `#${channel}`))]
}

const fileName = (file: string): string =>
  file
    .split('/')
    .at(-1)
    ?.replace(/\.\w+$/, '') ?? ''

function windowIn(text: string): string | undefined {
  const match =
    /(\d+)[\s-]*(hours?|min(?:ute)?s?)[\s-]+(?:maintenance )?window/i.exec(text) ??
    /window[^\n]{0,40}?(\d+)[\s-]*(hours?|h\b|min(?:ute)?s?)/i.exec(text)
  return match === null ? undefined : `${match[1]}${match[2]?.toLowerCase().startsWith('h') ? 'h' : 'm'}`
}

function dateIn(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const iso = /\d{4}-\d\d-\d\d/.exec(text)?.[0]
  if (iso !== undefined) return iso
  const parsed = new Date(`${text} UTC`)
  return Number.isNaN(parsed.getTime()) ? undefined : parsed.toISOString().slice(0, 10)
}

const linksIn = (root: Section): { [title: string]: string } =>
  Object.fromEntries(
    allSections(root).flatMap(({ blocks }) =>
      blocks.flatMap((block) => {
        const entries = block.kind === 'list' ? block.entries : []
        return entries.flatMap(({ text }) => {
          const pair = pairIn(text)
          const link = pair === undefined ? undefined : /^https?:\/\/\S+$/.exec(pair.value)?.[0]
          return pair === undefined || link === undefined ? [] : [[pair.name, link] as const]
        })
      }),
    ),
  )

/** `#migration-prod-YYYYMMDD`. */
function channelIn(text: string): { readonly channel?: string } {
  const name = /#([a-z][a-z-]*-)(?:YYYY-?MM-?DD|<date>|\[date\])/i.exec(text)?.[1]
  return name === undefined ? {} : { channel: `${name.toLowerCase()}{{date}}` }
}

const DATABASES = [
  /pg_database_size\('([a-z][a-z0-9_]*)'\)/g,
  /\bpg_dump\s+([a-z][a-z0-9_]*)\b/g,
  /\b(?:createdb|dropdb)\s+(?:-\S+\s+\S+\s+)*([a-z][a-z0-9_]*)/g,
]

/** The database itself, not one that a backup is tried on. */
const databaseIn = (text: string): string | undefined =>
  DATABASES.flatMap((pattern) => [...text.matchAll(pattern)].flatMap((match) => match[1] ?? [])).find(
    (name) => !/test|restore|tmp|scratch/.test(name),
  )

/** The name of the system in the key of its runbook. */
const bareName = (key: string): string =>
  key
    .split('-')
    .filter((word) => !/^(?:production|migration|cutover|runbook|database|backup|plan|week|\d+)$/.test(word))
    .join('_') || 'app'
