import { createHash } from 'node:crypto'
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import { execa } from 'execa'
import { makeMasker, SECRET_LENGTH_MIN, type Masker } from '../process/mask.ts'
import { CommandEnd, EXIT } from './exit-codes.ts'

/** A command that somebody ran by hand. */
export interface RecordedRun {
  /** Its words, masked. */
  readonly command: string
  /** Null when a signal ended it. */
  readonly exit: number | null
  readonly signal?: string
  readonly tookMs: number
  /** The masked output. */
  readonly file: string
  /** sha256 over the masked output, hex. */
  readonly digest: string
}

const LOOKS_SECRET = /pass|secret|token|key|credential|_url$|dsn/i

/** Hides the values of variables that look like secrets by their names. */
export function maskingEnvironment(environment: Readonly<Record<string, string | undefined>>): Masker {
  const secrets = Object.entries(environment).flatMap(([name, value]) =>
    LOOKS_SECRET.test(name) && value !== undefined && value.length >= SECRET_LENGTH_MIN
      ? [{ name, value }]
      : [],
  )
  return makeMasker(secrets)
}

/** Runs it with this terminal's input, shows its output, and keeps a masked copy (0600 in a 0700 folder). */
export async function recordedRun(
  command: readonly string[],
  about: {
    readonly folder: string
    readonly name: string
    readonly masker: Masker
  },
): Promise<RecordedRun> {
  const [program = '', ...words] = command
  mkdirSync(about.folder, { recursive: true, mode: 0o700 })
  const file = join(about.folder, `${about.name}.${new Date().toISOString().replaceAll(/[:.]/g, '-')}.log`)
  const log = keptLines(file, about.masker)
  const began = performance.now()
  const running = execa(program, words, {
    stdin: 'inherit',
    stdout: ['inherit', 'pipe'],
    stderr: ['inherit', 'pipe'],
    all: true,
    buffer: false,
    reject: false,
  })
  running.all.on('data', (chunk: Buffer) => log.add(chunk))
  const ended = await running
  const digest = log.close()
  if (ended.exitCode === undefined && ended.signal === undefined)
    throw new CommandEnd(
      `${program} could not be started: ${ended.shortMessage ?? 'the system says no more'}. Nothing was run or recorded.`,
      EXIT.usage,
    )
  return {
    command: about.masker.mask(command.join(' ')),
    exit: ended.exitCode ?? null,
    ...(ended.signal === undefined ? {} : { signal: ended.signal }),
    tookMs: performance.now() - began,
    file,
    digest,
  }
}

/** Writes output line by line, masked, so that a secret that is split over chunks is found. */
function keptLines(file: string, { mask }: Masker) {
  const target = openSync(file, 'wx', 0o600)
  const hash = createHash('sha256')
  const decoder = new StringDecoder('utf8')
  let rest = ''
  const write = (text: string) => {
    const masked = mask(text)
    writeSync(target, masked)
    hash.update(masked)
  }
  return {
    add(chunk: Buffer) {
      rest += decoder.write(chunk)
      const end = rest.lastIndexOf('\n') + 1
      if (end > 0) write(rest.slice(0, end))
      rest = rest.slice(end)
    },
    /** Gives the digest of all that was written, hex. */
    close(): string {
      write(rest + decoder.end())
      closeSync(target)
      return hash.digest('hex')
    },
  }
}
