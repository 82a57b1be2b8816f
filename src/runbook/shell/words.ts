/** A word of a shell command. `plain` is what stands outside of quotes: only there do globs and operators count. */
export interface Word {
  readonly text: string
  readonly plain: string
  readonly offset: number
}

/** What stands between a command and the next one. */
export type Joint = '|' | '||' | '&&' | ';' | 'end'

export interface ShellCommand {
  readonly words: readonly Word[]
  readonly offset: number
  readonly joint: Joint
  /** Inside `$(…)` or `(…)`: what it sets ends there. */
  readonly nested: boolean
}

/**
 * The commands of a shell text in order, as far as lint needs them: quotes, comments, line continuations, here
 * documents and substitutions are understood, keywords are not. It never fails; a strange text gives strange words.
 */
export function shellCommands(text: string, from = 0, nested = false): ShellCommand[] {
  const reader = { text, at: 0, from, depth: nested ? 1 : 0 }
  const commands: ShellCommand[] = []
  let words: Word[] = []
  const end = (joint: Joint) => {
    const [first] = words
    if (first !== undefined) commands.push({ words, offset: first.offset, joint, nested: reader.depth > 0 })
    words = []
  }
  while (reader.at < text.length) {
    const character = text.charAt(reader.at)
    const operator = operatorAt(text, reader.at)
    if (operator !== undefined) {
      end(operator)
      reader.at += operator === '||' || operator === '&&' ? 2 : 1
    } else if (character === '(' || character === ')') {
      end(';')
      reader.depth = Math.max(0, reader.depth + (character === '(' ? 1 : -1))
      reader.at += 1
    } else if (character === '#') {
      reader.at = lineEnd(text, reader.at)
    } else if (text.startsWith('\\\n', reader.at)) {
      reader.at += 2
    } else if (/\s/.test(character)) {
      reader.at += 1
    } else if (text.startsWith('<<', reader.at) && !text.startsWith('<<<', reader.at)) {
      reader.at = afterHereDocument(text, reader.at)
    } else {
      const { word, inner, next } = wordAt(text, reader.at, from)
      words.push(word)
      commands.push(...inner)
      reader.at = next
    }
  }
  end('end')
  return commands
}

function operatorAt(text: string, at: number): Joint | undefined {
  if (text.startsWith('||', at)) return '||'
  if (text.startsWith('&&', at)) return '&&'
  const character = text.charAt(at)
  if (character === '|') return '|'
  // `2>&1` and `&>` are redirections.
  const redirects = text.charAt(at - 1) === '>' || text.charAt(at + 1) === '>'
  return character === ';' || character === '\n' || (character === '&' && !redirects) ? ';' : undefined
}

const lineEnd = (text: string, at: number): number => {
  const end = text.indexOf('\n', at)
  return end === -1 ? text.length : end
}

/** The body of a here document is data. What follows on its first line is lost, which lint can bear. */
function afterHereDocument(text: string, at: number): number {
  const match = /^<<-?\s*(['"]?)(\w+)\1/.exec(text.slice(at))
  if (match === null) return at + 2
  const closing = new RegExp(`^\\t*${match[2]}$`, 'm')
  const body = lineEnd(text, at)
  const found = closing.exec(text.slice(body))
  return found === null ? text.length : body + found.index + found[0].length
}

interface ReadWord {
  readonly word: Word
  /** Commands of the substitutions inside the word. */
  readonly inner: readonly ShellCommand[]
  readonly next: number
}

function wordAt(text: string, start: number, from: number): ReadWord {
  let at = start
  let whole = ''
  let plain = ''
  const inner: ShellCommand[] = []
  let quote: string | undefined
  while (at < text.length) {
    const character = text.charAt(at)
    if (
      quote === undefined &&
      (/\s/.test(character) || operatorAt(text, at) !== undefined || character === ')')
    )
      break
    if (text.startsWith('$(', at) && quote !== "'") {
      const close = closingParenthesis(text, at + 1)
      inner.push(...shellCommands(text.slice(at + 2, close), from + at + 2, true))
      whole += text.slice(at, close + 1)
      at = close + 1
    } else if (character === quote) {
      quote = undefined
      at += 1
    } else if (quote === undefined && (character === '"' || character === "'")) {
      quote = character
      at += 1
    } else if (character === '\\' && quote !== "'") {
      whole += text.charAt(at + 1)
      at += 2
    } else {
      whole += character
      if (quote === undefined) plain += character
      at += 1
    }
  }
  return { word: { text: whole, plain, offset: from + start }, inner, next: Math.max(at, start + 1) }
}

function closingParenthesis(text: string, open: number): number {
  let depth = 0
  for (let at = open; at < text.length; at += 1) {
    if (text.charAt(at) === '(') depth += 1
    if (text.charAt(at) === ')') depth -= 1
    if (depth === 0) return at
  }
  return text.length
}
