import Handlebars from 'handlebars'

/**
 * Handlebars' syntax tree as a union that can be told apart by `type`; the library's own types cannot. Only
 * what its parser gives for a template is here.
 */
export interface Place {
  /** From 1. */
  readonly line: number
  /** From 0. */
  readonly column: number
}

interface Located {
  readonly loc: { readonly start: Place; readonly end: Place }
}

export interface PathNode extends Located {
  readonly type: 'PathExpression'
  /** Begins with `@`. */
  readonly data: boolean
  /** How many `../` it begins with. */
  readonly depth: number
  readonly parts: readonly string[]
  readonly original: string
}

export interface LiteralNode extends Located {
  readonly type: 'StringLiteral' | 'NumberLiteral' | 'BooleanLiteral' | 'UndefinedLiteral' | 'NullLiteral'
  readonly value?: string | number | boolean
  readonly original?: string | number | boolean
}

export interface HashNode extends Located {
  readonly type: 'Hash'
  readonly pairs: readonly (Located & {
    readonly type: 'HashPair'
    readonly key: string
    readonly value: ExpressionNode
  })[]
}

interface Call extends Located {
  readonly path: PathNode | LiteralNode
  readonly params: readonly ExpressionNode[]
  readonly hash?: HashNode
}

export interface SubExpressionNode extends Call {
  readonly type: 'SubExpression'
}

export type ExpressionNode = PathNode | LiteralNode | SubExpressionNode

export interface MustacheNode extends Call {
  readonly type: 'MustacheStatement'
  readonly escaped: boolean
}

export interface BlockNode extends Call {
  readonly type: 'BlockStatement'
  readonly program?: ProgramNode
  readonly inverse?: ProgramNode
}

export interface ContentNode extends Located {
  readonly type: 'ContentStatement'
  readonly value: string
}

/** What a notice may not use, or what says nothing. */
export interface OtherNode extends Located {
  readonly type:
    | 'PartialStatement'
    | 'PartialBlockStatement'
    | 'Decorator'
    | 'DecoratorBlock'
    | 'CommentStatement'
}

export type StatementNode = MustacheNode | BlockNode | ContentNode | OtherNode

export interface ProgramNode extends Located {
  readonly type: 'Program'
  readonly body: readonly StatementNode[]
  readonly blockParams?: readonly string[]
}

export interface ParseFailure {
  /** From 1. */
  readonly line: number
  readonly col: number
  readonly message: string
  readonly hint: string
}

export type Parsed =
  | { readonly ok: true; readonly tree: ProgramNode }
  | { readonly ok: false; readonly failure: ParseFailure }

export function parseTemplate(source: string): Parsed {
  try {
    return { ok: true, tree: Handlebars.parse(source) as unknown as ProgramNode }
  } catch (error) {
    return { ok: false, failure: failureOf(source, error instanceof Error ? error.message : String(error)) }
  }
}

/** The library throws prose: a mismatch ends in `- line:column`, a syntax error shows a pointer under an excerpt. */
function failureOf(source: string, message: string): ParseFailure {
  const mismatch = /^(\S+) doesn't match (\S+) - (\d+):(\d+)$/.exec(message)
  if (mismatch !== null) {
    const [, opened = '', closed = '', line, column] = mismatch
    return {
      line: Number(line),
      col: Number(column) + 1,
      message: `The block that \`{{#${opened}}}\` opens is closed by \`{{/${closed}}}\`.`,
      hint: `Close it by \`{{/${opened}}}\`.`,
    }
  }
  const open = message.includes("got 'EOF'") ? lastOpenBlock(source) : undefined
  if (open !== undefined) {
    return {
      ...placeAt(source, open.index),
      message: `\`{{#${open.name}}}\` is never closed.`,
      hint: `Write \`{{/${open.name}}}\` where it ends.`,
    }
  }
  return {
    ...pointedAt(source, message),
    message: 'The template cannot be read from here on.',
    hint: 'Write a value as `{{planned.start}}`, a helper as `{{time planned.start}}`, a block as `{{#if reason}}…{{/if}}`.',
  }
}

function lastOpenBlock(source: string): { readonly name: string; readonly index: number } | undefined {
  const open: { name: string; index: number }[] = []
  for (const tag of source.matchAll(/\{\{~?([#^/])\s*([\w-]+)/g)) {
    if (tag[1] === '/') open.pop()
    else open.push({ name: tag[2] ?? '', index: tag.index })
  }
  return open.at(-1)
}

/** The excerpt is without line ends and cut to 20 characters on either side of where the pointer stands. */
function pointedAt(source: string, message: string): { readonly line: number; readonly col: number } {
  const [first = '', excerpt = '', pointer = ''] = message.split('\n')
  const line = Number(/line (\d+)/.exec(first)?.[1] ?? 1)
  const before = excerpt.slice(0, pointer.indexOf('^')).replace(/^\.\.\./, '')
  const after = excerpt.slice(pointer.indexOf('^')).replace(/\.\.\.$/, '')
  const flat = source.replaceAll('\n', '')
  for (let at = flat.indexOf(before + after); at >= 0; at = flat.indexOf(before + after, at + 1)) {
    const place = placeAt(source, indexWithLineEnds(source, at + before.length))
    if (place.line === line) return place
  }
  return { line, col: 1 }
}

function indexWithLineEnds(source: string, flatIndex: number): number {
  let passed = 0
  for (let index = 0; index < source.length; index++) {
    if (source[index] === '\n') continue
    if (passed === flatIndex) return index
    passed += 1
  }
  return source.length
}

function placeAt(source: string, index: number): { readonly line: number; readonly col: number } {
  const before = source.slice(0, index).split('\n')
  return { line: before.length, col: (before.at(-1) ?? '').length + 1 }
}
