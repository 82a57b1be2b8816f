import { progressText } from '../progress-line.ts'

export interface Progress {
  readonly title: string
  readonly done: number
  readonly total?: number
  readonly unit: string
}

/** Tells on the terminal what happens: one line for each fact, with the time, who, and what. */
export interface Narrator {
  /** A line without time and name, such as an address. */
  plain(text: string): void
  say(who: string, what: string): void
  /** Below the last line, and gone when the next one comes. Does nothing where there is no terminal. */
  progress(progress: Progress | undefined): void
}

const WHO_WIDTH = 9
const INDENT = ' '.repeat('00:00:00  '.length + WHO_WIDTH + 1)

export function makeNarrator(
  out: { write(text: string): unknown; readonly isTTY?: boolean },
  now: () => Date = () => new Date(),
): Narrator {
  const isTty = out.isTTY === true
  let isDrawn = false

  function clear(): void {
    if (isDrawn) out.write('\r\u001b[2K')
    isDrawn = false
  }

  const dim = (text: string): string => (isTty ? `\u001b[2m${text}\u001b[22m` : text)

  return {
    plain(text) {
      clear()
      out.write(`${text}\n`)
    },
    say(who, what) {
      clear()
      const [first = '', ...more] = what.split('\n')
      const lines = [
        `${dim(clock(now()))}  ${who.padEnd(WHO_WIDTH)} ${first}`,
        ...more.map((line) => INDENT + line),
      ]
      out.write(`${lines.join('\n')}\n`)
    },
    progress(progress) {
      if (!isTty) return
      clear()
      if (progress === undefined) return
      out.write(`${INDENT}${progressText(progress)}  ${progress.title}`)
      isDrawn = true
    },
  }
}

/** `02:31:07`, local time. */
function clock(at: Date): string {
  return [at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':')
}
