/** One statement of a SQL text, without the semicolon that ends it. */
export interface Statement {
  readonly text: string
  /** Line of its first word in the whole text, from 1. */
  readonly line: number
  /** Its first words in lower case, comments left out: what kind of statement it is. */
  readonly words: readonly string[]
}

const WORDS_KEPT = 12
const NAME = String.raw`[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*`
/** The order matters: `E'…'` before a name, a name before a dollar quote that could begin inside it. */
const TOKEN = new RegExp(
  [
    String.raw`--[^\n]*`,
    String.raw`\/\*`,
    String.raw`[eE]'[^'\\]*(?:(?:\\[^]|'')[^'\\]*)*'`,
    String.raw`'[^']*(?:''[^']*)*'`,
    String.raw`"[^"]*(?:""[^"]*)*"`,
    String.raw`\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$`,
    NAME,
    String.raw`\s+`,
    '[^]',
  ].join('|'),
  'gy',
)

/**
 * Cuts a SQL text at the semicolons that end a statement: not those in quotes, dollar quotes, comments, parentheses,
 * or in a function body between BEGIN ATOMIC and END. A quote that never ends makes the rest one statement; the
 * database will say what is wrong with it.
 */
export function splitStatements(text: string): Statement[] {
  const statements: Statement[] = []
  let current = emptyStatement()
  const finish = (end: number) => {
    if (current.start !== undefined) {
      const { start, words } = current
      statements.push({ text: text.slice(start, end).trimEnd(), line: lineAt(text, start), words })
    }
    current = emptyStatement()
  }
  for (let at = 0; at < text.length;) {
    const token = tokenAt(text, at)
    if (token.kind === 'end' && current.depth === 0 && current.body === 0) finish(at)
    else if (token.kind !== 'blank') take(current, token, at)
    at = token.end
  }
  finish(text.length)
  return statements
}

/** Line of a place in a text, from 1. */
export function lineAt(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1
  return line
}

interface Token {
  readonly kind: 'blank' | 'end' | 'word' | 'other'
  readonly text: string
  readonly end: number
}

interface Draft {
  start: number | undefined
  words: string[]
  depth: number
  /** Inside how many of BEGIN ATOMIC … END and CASE … END. */
  body: number
}

function emptyStatement(): Draft {
  return { start: undefined, words: [], depth: 0, body: 0 }
}

function tokenAt(text: string, at: number): Token {
  TOKEN.lastIndex = at
  const token = TOKEN.exec(text)?.[0] ?? text.slice(at, at + 1)
  const end = at + token.length
  if (token === '/*') return { kind: 'blank', text: token, end: endOfComment(text, end) }
  if (token.startsWith('--') || /^\s/.test(token)) return { kind: 'blank', text: token, end }
  if (token === ';') return { kind: 'end', text: token, end }
  if (token.length > 1 && token.startsWith('$')) {
    const close = text.indexOf(token, end)
    return { kind: 'other', text: token, end: close === -1 ? text.length : close + token.length }
  }
  return { kind: /^[A-Za-z_\u0080-\uffff][^']*$/.test(token) ? 'word' : 'other', text: token, end }
}

/** Comments nest. */
function endOfComment(text: string, from: number): number {
  let depth = 1
  let at = from
  while (depth > 0) {
    const opens = text.indexOf('/*', at)
    const closes = text.indexOf('*/', at)
    if (closes === -1) return text.length
    const nested = opens !== -1 && opens < closes
    depth += nested ? 1 : -1
    at = (nested ? opens : closes) + 2
  }
  return at
}

function take(draft: Draft, { kind, text }: Token, at: number) {
  draft.start ??= at
  if (text === '(') draft.depth += 1
  else if (text === ')') draft.depth = Math.max(0, draft.depth - 1)
  if (kind !== 'word') {
    if (draft.words.length === 0 && text === '\\') draft.words.push(text)
    return
  }
  const word = text.toLowerCase()
  if (draft.words.length < WORDS_KEPT) draft.words.push(word)
  if (!isRoutine(draft.words)) return
  if (word === 'begin' || (word === 'case' && draft.body > 0)) draft.body += 1
  else if (word === 'end' && draft.body > 0) draft.body -= 1
}

function isRoutine([first, ...rest]: readonly string[]): boolean {
  return first === 'create' && rest.slice(0, 3).some((word) => word === 'function' || word === 'procedure')
}
