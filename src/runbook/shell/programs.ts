import type { ShellCommand, Word } from './words.ts'

export interface Program {
  /** Name without its folder. */
  readonly name: string
  readonly words: readonly Word[]
  /** `NAME=value` in front of it. */
  readonly assignments: readonly Word[]
}

const WRAPPERS: ReadonlySet<string> = new Set([
  'sudo',
  'env',
  'nohup',
  'time',
  'exec',
  'command',
  'if',
  'then',
  'else',
  'do',
  'while',
  'until',
  '!',
  '{',
])

/** The program that a command really starts: behind assignments, keywords, `sudo`, `env` and the like. */
export function programOf({ words }: Pick<ShellCommand, 'words'>): Program | undefined {
  const assignments: Word[] = []
  let behindWrapper = false
  for (const [index, word] of words.entries()) {
    if (/^[A-Za-z_]\w*=/.test(word.plain)) {
      assignments.push(word)
      continue
    }
    const name = word.text.split('/').at(-1) ?? ''
    if (WRAPPERS.has(name) || (behindWrapper && name.startsWith('-'))) {
      behindWrapper = true
      continue
    }
    return { name, words: words.slice(index + 1), assignments }
  }
  return undefined
}

/** Whether one of the short options is given, alone or in a cluster, or one of the long ones. */
export const hasOption = ({ words }: Program, short: string, ...long: readonly string[]): boolean =>
  words.some(({ text }) =>
    text.startsWith('--')
      ? long.some((name) => text === name || text.startsWith(`${name}=`))
      : text.startsWith('-') && text.slice(1).includes(short),
  )
