import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { z } from 'zod'
import { parseHead, type ExpectedHead } from '../../app/anchor.ts'
import type { StoredEvent } from '../../postgres/hash.ts'
import { differenceFrom, verifyChain, type Verification } from '../../postgres/verify.ts'
import { clientOf, type Terminal } from '../context.ts'
import { CommandEnd, EXIT } from '../exit-codes.ts'

interface VerifyOptions {
  readonly head?: string
  readonly against?: string
  readonly json?: true
}

export function addVerify(program: Command, terminal: Terminal): void {
  program
    .command('verify <id-or-dir>')
    .description(
      'was the record edited, reordered or cut short? A cutover\u2019s id, or the folder of an export',
    )
    .option(
      '--head <hash>',
      'HASH or POSITION:HASH, whole, as it was posted at a decision and at the end, or mailed: the record must hold it',
    )
    .option(
      '--against <dir>',
      'the folder of an earlier export: names the first event that is not what it was, however well it was covered up',
    )
    .option('--json', 'machine-readable answer')
    .action(async (where: string, options: VerifyOptions) => {
      const expected = options.head === undefined ? undefined : headFrom(options.head)
      const record = existsSync(where)
        ? verifyFolder(where, expected)
        : await verifyThere(where, expected, terminal)
      const verification =
        options.against === undefined ? record.verification : await held(record, options.against)
      terminal.out(options.json ? JSON.stringify(verification) : text(verification))
      if (verification.findings.length > 0) process.exitCode = EXIT.endedOtherwise
    })
}

function headFrom(written: string): ExpectedHead {
  const head = parseHead(written)
  if ('problem' in head) throw new CommandEnd(`--head: ${head.problem}`, EXIT.usage)
  return head
}

/** What was found of a record, and how its events are had. */
interface Verified {
  readonly verification: Verification
  readonly events: () => Promise<readonly StoredEvent[]>
}

/** Damage that shows by itself is told first: it says more. */
async function held({ verification, events }: Verified, folder: string): Promise<Verification> {
  const earlier = eventsOf(folder)
  const own = verifyChain(earlier.at(0)?.cutover ?? '', earlier)
  const [damage] = own.findings
  if (damage) throw new CommandEnd(`${folder} proves nothing: ${damage.message}.`, EXIT.endedOtherwise)
  if (own.cutover !== verification.cutover)
    throw new CommandEnd(
      `${folder} is the export of another cutover, ${own.cutover}. Nothing was compared.`,
      EXIT.usage,
    )
  if (verification.findings.length > 0) return verification
  const difference = differenceFrom(earlier, await events())
  return difference ? { ...verification, findings: [difference] } : verification
}

function verifyFolder(folder: string, expected: ExpectedHead | undefined): Verified {
  const events = eventsOf(folder)
  const verification = verifyChain(events.at(0)?.cutover ?? '', events, expected)
  return { verification, events: async () => events }
}

/** At least one. Throws {@link CommandEnd} for what is no export. */
function eventsOf(folder: string): readonly StoredEvent[] {
  const events = eventsFrom(readExport(folder))
  if (events.length === 0)
    throw new CommandEnd(`${eventsFile(folder)} holds no event: its end was cut off.`, EXIT.endedOtherwise)
  return events
}

const eventsFrom = (text: string): readonly StoredEvent[] =>
  text
    .split('\n')
    .map(storedRow)
    .filter((row) => row !== null)

const eventsFile = (folder: string): string => join(folder, 'events.ndjson')

function readExport(folder: string): string {
  if (!existsSync(folder))
    throw new CommandEnd(
      `There is no folder ${folder}. Name the one that \`cutover export\` has written.`,
      EXIT.usage,
    )
  if (!statSync(folder).isDirectory())
    throw new CommandEnd(
      `${folder} is a file. Name the folder that \`cutover export\` has written.`,
      EXIT.usage,
    )
  const file = eventsFile(folder)
  if (!existsSync(file))
    throw new CommandEnd(`${folder} holds no events.ndjson: it is no export.`, EXIT.usage)
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const isFolder = error instanceof Error && 'code' in error && error.code === 'EISDIR'
    throw new CommandEnd(
      isFolder
        ? `${file} is a folder: this is no export.`
        : `${file} cannot be read. Look at its permissions.`,
      EXIT.usage,
    )
  }
}

const Row: z.ZodType<StoredEvent> = z.strictObject({
  cutover: z.string(),
  position: z.string(),
  type: z.string(),
  version: z.string(),
  at_ms: z.string(),
  actor: z.string(),
  key: z.string().nullable(),
  data: z.string(),
  previous: z.string(),
  hash: z.string(),
})

/** Null for an empty line. Throws {@link CommandEnd} for one that is no event. */
function storedRow(line: string, index: number): StoredEvent | null {
  if (line === '') return null
  const parsed = Row.safeParse(jsonFrom(line, index + 1))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const at = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.map(String).join('.')}: `
  throw damaged(index + 1, `is no event of a record (${at}${issue?.message ?? 'it cannot be read'})`)
}

function jsonFrom(line: string, number: number): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw damaged(number, 'is not JSON')
  }
}

const damaged = (number: number, what: string): CommandEnd =>
  new CommandEnd(`Line ${number} of events.ndjson ${what}: the file was damaged there.`, EXIT.endedOtherwise)

async function verifyThere(
  id: string,
  expected: ExpectedHead | undefined,
  terminal: Terminal,
): Promise<Verified> {
  const query = new URLSearchParams({
    ...(expected === undefined ? {} : { head: expected.head }),
    ...(expected?.position === undefined ? {} : { position: String(expected.position) }),
  })
  const there = `/v1/cutovers/${encodeURIComponent(id)}`
  const client = clientOf(terminal)
  const answer = await client.get<{ verification: Verification }>(`${there}/verification?${query}`)
  return {
    verification: answer.verification,
    async events() {
      const { files } = await client.get<{ files: Record<string, string> }>(`${there}/export`)
      return eventsFrom(files['events.ndjson'] ?? '')
    },
  }
}

function text({ cutover, events, head, findings }: Verification): string {
  if (findings.length === 0)
    return `${cutover}: ${events} events, the chain is whole. Head ${events}:${head}.`
  return findings.map(({ message }) => `${cutover}: ${message}.`).join('\n')
}
