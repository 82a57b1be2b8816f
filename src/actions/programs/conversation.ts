import { oneLine } from '../wording.ts'
import { patternOf } from './text-pattern.ts'

/** An answer that the runbook foresaw; `times` is how often it may be given. */
export interface Answer {
  readonly prompt: string
  readonly send: string
  readonly times: number
}

/** What a program has said since it was last answered, and what may be answered to it. Pure: it knows no time. */
export interface Conversation {
  /** Takes in what it printed. */
  readonly hear: (text: string) => void
  /** To be asked when it has fallen silent: the answer to the line at the end of its output, which is then used up. */
  readonly answer: () => { readonly prompt: string; readonly send: string } | undefined
  /** The line that it stopped in the middle of; undefined when its output ends with a line end. */
  readonly unfinished: () => string | undefined
  /** The last line with something in it. */
  readonly lastLine: () => string
  /** No answer is left: whatever it asks now, nobody says anything. */
  readonly isOver: () => boolean
}

const KEPT = 8_192
/** Prompts are often coloured. */
const TERMINAL_CONTROL =
  // oxlint-disable-next-line no-control-regex -- terminal control is what it is for
  /\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g

export function makeConversation(answers: readonly Answer[]): Conversation {
  const foreseen = answers.map((answer) => ({
    send: answer.send,
    matches: patternOf(answer.prompt),
    left: answer.times,
  }))
  let heard = ''

  function plain(): string {
    return heard.replaceAll(TERMINAL_CONTROL, '').replaceAll('\r\n', '\n')
  }

  function lastLine(): string {
    const lines = plain().split(/[\r\n]/)
    return oneLine(lines.findLast((line) => line.trim() !== '') ?? '', 300)
  }

  return {
    hear: (text) => {
      heard = (heard + text).slice(-KEPT)
    },
    answer: () => {
      const prompt = lastLine()
      const found =
        prompt === '' ? undefined : foreseen.find(({ matches, left }) => left > 0 && matches(prompt))
      if (found === undefined) return undefined
      found.left -= 1
      heard = ''
      return { prompt, send: found.send }
    },
    unfinished: () => {
      const text = plain()
      return text === '' || text.endsWith('\n') || lastLine() === '' ? undefined : lastLine()
    },
    lastLine,
    isOver: () => foreseen.every(({ left }) => left === 0),
  }
}
