import { resolve } from 'node:path'
import { z } from 'zod'
import type { ActionContext, CheckAction, CheckResult } from '../action.ts'
import { openMemory } from '../memory.ts'
import { hostPath } from '../parameters.ts'
import { bytes, count, oneLine } from '../wording.ts'
import type { Mark } from './log-lines.ts'
import { endOf, readNewLines } from './log-lines.ts'

/** More than this in one look is not looked through: the service must not wait for its own log. */
const BYTES_AT_ONCE = 256_000_000
const SHOWN = 160
/** So many of the newest matching lines are kept as evidence. */
const NEWEST = 5

const Pattern = z.string().min(1).refine(isPattern, 'this is no regular expression')

const Input = z.strictObject({
  path: hostPath('The log file.'),
  pattern: Pattern.describe('Regular expression of the lines that count, such as `ERROR|OperationalError`.'),
  ignore: z.array(Pattern).optional().describe('Regular expressions of known noise: lines that never count.'),
  since: z
    .string()
    .regex(/^(now|beginning|\d+:\d+)$/, 'write now, beginning, or the mark of an earlier look')
    .optional()
    .describe(
      'From where: `now` (what is written after the first look; unless said), `beginning`, or `$step.mark` of an earlier log check.',
    ),
})
type Input = z.infer<typeof Input>

export const log: CheckAction<Input> = {
  name: 'log',
  kind: 'check',
  summary:
    'Counts the new lines of a log that match a pattern, known noise left out; none is success, and `lines` can be expected; the newest are shown. A log check early in the plan marks a position: `since: $its-id.mark` of a later one counts what was written after it. It follows a log that is rotated. In a watch the lines add up from its first look.',
  input: Input,
  facts: { lines: 'int', read: 'int', mark: 'text', newest: 'list' },
  check,
}

/** What the looks of one attempt have in common; it lies in the attempt's folder. */
const Read = z.object({
  mark: z.object({ inode: z.string(), offset: z.number() }),
  lines: z.number(),
  read: z.number(),
  newest: z.array(z.string()),
  lost: z.boolean(),
})
type Read = z.infer<typeof Read>

async function check(input: Input, { folder, signal }: ActionContext): Promise<CheckResult> {
  const path = resolve(input.path)
  const end = endOf(path)
  if (!end) {
    return { green: false, answer: `${path} does not exist or may not be read`, facts: {}, measured: {} }
  }
  const memory = openMemory(folder, { name: 'log', of: input, shape: Read })
  const before = memory.recall() ?? {
    mark: startOf(input.since, end),
    lines: 0,
    read: 0,
    newest: [],
    lost: false,
  }
  const counts = matcher(input)
  const seen = { ...before, newest: [...before.newest] }
  const fresh = await readNewLines(path, before.mark, { limit: BYTES_AT_ONCE, signal }, (line) => {
    seen.read += 1
    if (!counts(line)) return
    seen.lines += 1
    seen.newest.unshift(oneLine(line, SHOWN))
    seen.newest.length = Math.min(seen.newest.length, NEWEST)
  })
  seen.mark = fresh.mark
  seen.lost ||= fresh.lost
  memory.remember(seen)
  return resultOf(seen, fresh.tooMuch)
}

function resultOf({ lines, read, mark, newest, lost }: Read, tooMuch: boolean): CheckResult {
  const facts = { lines, read, mark: `${mark.inode}:${mark.offset}`, newest }
  if (tooMuch) {
    const answer = `more than ${bytes(BYTES_AT_ONCE)} are new; that is not looked through`
    return { green: false, answer, facts, measured: {} }
  }
  const gap = lost ? '; the log was rotated twice, lines between may be missing' : ''
  const last = newest[0] === undefined ? '' : `, newest: ${newest[0]}`
  return {
    green: lines === 0,
    answer: `${lines} of ${count(read, 'new line')} match${last}${gap}`,
    facts,
    measured: { lines, value: lines },
  }
}

function matcher({ pattern, ignore }: Input): (line: string) => boolean {
  const wanted = new RegExp(pattern, 'u')
  const noise = (ignore ?? []).map((text) => new RegExp(text, 'u'))
  return (line) => wanted.test(line) && !noise.some((known) => known.test(line))
}

function startOf(since: string | undefined, end: Mark): Mark {
  if (since === undefined || since === 'now') return end
  if (since === 'beginning') return { inode: end.inode, offset: 0 }
  const [inode = '', offset = ''] = since.split(':')
  return { inode, offset: Number(offset) }
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'u') instanceof RegExp
  } catch {
    return false
  }
}
