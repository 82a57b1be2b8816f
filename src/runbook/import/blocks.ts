import type Token from 'markdown-it/lib/token.mjs'

/** An entry of a list, with what stands below it. */
export interface Entry {
  readonly kind: 'task' | 'numbered' | 'bullet'
  /** Plain text of its own line or lines, without its mark; code keeps its backticks. */
  readonly text: string
  readonly line: number
  readonly blocks: readonly Block[]
}

export interface Fence {
  readonly kind: 'fence'
  /** `bash`, `sql`, or nothing. */
  readonly language: string
  readonly text: string
  readonly line: number
}

export interface Table {
  readonly kind: 'table'
  readonly head: readonly string[]
  readonly rows: readonly { readonly cells: readonly string[]; readonly line: number }[]
  readonly line: number
}

export interface Paragraph {
  readonly kind: 'paragraph'
  readonly text: string
  readonly line: number
}

export interface List {
  readonly kind: 'list'
  readonly entries: readonly Entry[]
  readonly line: number
}

export type Block = Paragraph | Fence | Table | List

export type Heading = {
  readonly kind: 'heading'
  readonly level: number
  readonly text: string
  readonly line: number
}

const TASK = /^\[([ xX])\]\s+/
/** `✅`, `✓`, `☑`: a mark that says that somebody has already done it. */
const MARKS = /^(?:✅|☑️?|✔️?|✓|✗|❌|⬜|☐)\s*/u

/** A place in the flat tokens of markdown-it. */
interface Reader {
  readonly tokens: readonly Token[]
  readonly lines: readonly string[]
  /** Lines of fences that nobody closed. */
  readonly unclosed: number[]
  at: number
}

/** The tokens of markdown-it as headings and blocks in order; `lines` are those of the source. */
export function readParts(
  tokens: readonly Token[],
  lines: readonly string[],
): { readonly parts: readonly (Block | Heading)[]; readonly unclosedFences: readonly number[] } {
  const reader: Reader = { tokens, lines, unclosed: [], at: 0 }
  const parts: (Block | Heading)[] = []
  while (reader.at < tokens.length) {
    const part = nextPart(reader)
    if (part !== undefined) parts.push(part)
  }
  return { parts, unclosedFences: reader.unclosed }
}

/** One block or heading, and past it; nothing where the token says nothing to a runbook (a rule, a comment). */
function nextPart(reader: Reader): Block | Heading | undefined {
  const token = reader.tokens[reader.at]
  if (token === undefined) return undefined
  reader.at += 1
  switch (token.type) {
    case 'heading_open':
      return {
        kind: 'heading',
        level: Number(token.tag.slice(1)),
        text: plain(inlineText(reader)) || 'Untitled',
        line: lineOf(token),
      }
    case 'paragraph_open':
      return { kind: 'paragraph', text: inlineText(reader).trim(), line: lineOf(token) }
    case 'fence':
    case 'code_block':
      if (isUnclosed(token, reader.lines)) reader.unclosed.push(lineOf(token))
      return fenceOf(token)
    case 'bullet_list_open':
      return list(reader, 'bullet', lineOf(token))
    case 'ordered_list_open':
      return list(reader, 'numbered', lineOf(token))
    case 'table_open':
      return table(reader, lineOf(token))
    case 'html_block':
      return htmlText(token)
    default:
      return undefined
  }
}

/** The text between an opening token and its closing one, and past both. */
function inlineText(reader: Reader): string {
  const text = reader.tokens[reader.at]?.content ?? ''
  reader.at += 2
  return text
}

/** Up to a closing token, and past it. */
function* tokensUntil(reader: Reader, ...closes: readonly string[]): Generator<Token> {
  for (;;) {
    const token = reader.tokens[reader.at]
    reader.at += 1
    if (token === undefined || closes.includes(token.type)) return
    yield token
  }
}

function list(reader: Reader, kind: 'bullet' | 'numbered', line: number): List {
  const entries: Entry[] = []
  for (const token of tokensUntil(reader, 'bullet_list_close', 'ordered_list_close'))
    if (token.type === 'list_item_open') {
      const entry = entryOf(kind, blocksOfItem(reader), lineOf(token))
      if (entry.text !== '' || entry.blocks.length > 0) entries.push(entry)
    }
  return { kind: 'list', entries, line }
}

function blocksOfItem(reader: Reader): Block[] {
  const blocks: Block[] = []
  while (reader.at < reader.tokens.length && reader.tokens[reader.at]?.type !== 'list_item_close') {
    const block = nextPart(reader)
    if (block !== undefined) blocks.push(block.kind === 'heading' ? { ...block, kind: 'paragraph' } : block)
  }
  reader.at += 1
  return blocks
}

function table(reader: Reader, line: number): Table {
  const rows: { cells: string[]; line: number }[] = []
  for (const token of tokensUntil(reader, 'table_close')) {
    if (token.type === 'tr_open') rows.push({ cells: [], line: lineOf(token) })
    if (token.type === 'inline') rows.at(-1)?.cells.push(plain(token.content))
  }
  const [head, ...body] = rows
  return { kind: 'table', head: head?.cells ?? [], rows: body, line }
}

const lineOf = (token: Token): number => (token.map?.[0] ?? 0) + 1

const fenceOf = (token: Token): Fence => ({
  kind: 'fence',
  language: token.info.trim().split(/\s/)[0]?.toLowerCase() ?? '',
  text: token.content.replace(/\n$/, ''),
  line: lineOf(token),
})

const isUnclosed = (token: Token, lines: readonly string[]): boolean =>
  token.type === 'fence' &&
  lines[(token.map?.[1] ?? 0) - 1]?.trim().endsWith(token.markup.slice(0, 3)) !== true

function htmlText(token: Token): Paragraph | undefined {
  const text = token.content.replaceAll(/<!--[\s\S]*?-->|<[^>]*>/g, '').trim()
  return text === '' ? undefined : { kind: 'paragraph', text, line: lineOf(token) }
}

function entryOf(listed: 'bullet' | 'numbered', blocks: readonly Block[], line: number): Entry {
  const [first, ...rest] = blocks
  const own = first?.kind === 'paragraph' ? first.text : ''
  const below = first?.kind === 'paragraph' ? rest : blocks
  const task = TASK.exec(own)
  return {
    kind: task === null ? listed : 'task',
    text:
      plain(own.replace(TASK, '')).replace(MARKS, '').replace(/:$/, '') ||
      (below.length > 0 ? 'As follows' : ''),
    line,
    blocks: below,
  }
}

/** Without the marks for bold, italics and links; a link keeps its text, code its backticks. */
export const plain = (text: string): string =>
  text
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/(\*\*|__)(?=\S)([\s\S]*?\S)\1/g, '$2')
    .replaceAll(/(?<![\w*])\*(?=\S)([^*]*\S)\*(?![\w*])/g, '$1')
    .replaceAll(/\s+/g, ' ')
    .trim()
