import { LineCounter, isAlias, isMap, isPair, isScalar, isSeq, parseDocument, visit } from 'yaml'
import type { Document, Node } from 'yaml'
import { errorAt } from './finding.ts'
import type { Finding, Spot } from './finding.ts'

export type Path = readonly (string | number)[]

/** A YAML text with its positions. */
export interface Source {
  readonly file: string
  readonly text: string
  readonly value: unknown
  readonly document: Document
  /** Of the value at a path, or of the nearest thing around it that exists. */
  readonly spot: (path: Path) => Spot
  /** Of the key that the path ends with. */
  readonly keySpot: (path: Path) => Spot
  readonly spotAt: (offset: number) => Spot
}

const BYTES_MAX = 1_000_000

/** Reads one YAML text, strictly. `source` is absent when there is nothing to look at. */
export function readSource(
  file: string,
  content: string | Uint8Array,
): { readonly findings: Finding[]; readonly source?: Source } {
  const start = { file, line: 1, col: 1 }
  const decoded = decodeText(content)
  if (!decoded.ok)
    return {
      findings: [errorAt(start, { code: 'unreadable', message: decoded.message, hint: decoded.hint })],
    }
  const lines = new LineCounter()
  const document = parseDocument(decoded.text, {
    lineCounter: lines,
    strict: true,
    stringKeys: true,
    prettyErrors: false,
  })
  const spotAt = (offset: number): Spot => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(1, line), col: Math.max(1, col) }
  }
  const findings = [...document.errors, ...document.warnings].map((problem) =>
    errorAt(spotAt(problem.pos[0]), {
      code: problem.code === 'DUPLICATE_KEY' ? 'duplicate-key' : 'yaml',
      ...yamlComplaint(problem.code, problem.message),
    }),
  )
  findings.push(...sharedNodes(document, spotAt))
  if (document.errors.length > 0 && !document.errors.every(({ code }) => code === 'DUPLICATE_KEY'))
    return { findings }
  if (findings.some(({ code }) => code === 'yaml-alias')) return { findings }
  return { findings, source: makeSource(file, decoded.text, document, spotAt) }
}

/** Bytes as UTF-8 text that a person could have written: no NUL, not larger than a runbook can be. */
export function decodeText(
  content: string | Uint8Array,
):
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly message: string; readonly hint: string } {
  if (content.length > BYTES_MAX) {
    return {
      ok: false,
      message: `the file is larger than ${BYTES_MAX / 1_000_000} MB`,
      hint: 'Keep data out of it and name a file instead.',
    }
  }
  let text: string
  try {
    text = typeof content === 'string' ? content : new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch {
    return { ok: false, message: 'the file is not UTF-8 text', hint: 'Save it as UTF-8.' }
  }
  const nul = text.indexOf('\0')
  return nul === -1
    ? { ok: true, text }
    : {
        ok: false,
        message: `the file holds a NUL character at offset ${nul}`,
        hint: 'Remove it: this is no text file.',
      }
}

function makeSource(file: string, text: string, document: Document, spotAt: Source['spotAt']): Source {
  const spot = (path: Path): Spot => {
    for (let length = path.length; length > 0; length -= 1) {
      const node = document.getIn(path.slice(0, length), true)
      if (hasRange(node)) return spotAt(node.range[0])
    }
    return hasRange(document.contents) ? spotAt(document.contents.range[0]) : spotAt(0)
  }
  const keySpot = (path: Path): Spot => {
    const key = path.at(-1)
    const parent = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents
    const pair = isMap(parent)
      ? parent.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === key)
      : undefined
    return hasRange(pair?.key) ? spotAt(pair.key.range[0]) : spot(path)
  }
  return { file, text, value: document.toJS(), document, spot, keySpot, spotAt }
}

const hasRange = (node: unknown): node is Node & { range: [number, number, number] } =>
  (isScalar(node) || isMap(node) || isSeq(node)) && Array.isArray(node.range)

/** Anchors hide what a step says from the person who reads only that step. */
function sharedNodes(document: Document, spotAt: Source['spotAt']): Finding[] {
  const findings: Finding[] = []
  visit(document, {
    Node: (_, node) => {
      const shared = isAlias(node) || ('anchor' in node && node.anchor !== undefined)
      if (!shared) return
      findings.push(
        errorAt(spotAt(node.range?.[0] ?? 0), {
          code: 'yaml-alias',
          message: 'anchors and aliases (& and *) are not read in a runbook',
          hint: 'Write the text where it is needed, or put it in quotes if it is no alias.',
        }),
      )
    },
  })
  return findings
}

const YAML_HINTS: Readonly<Record<string, string>> = {
  BAD_INDENT: 'Line the key up with its neighbours.',
  TAB_AS_INDENT: 'Indent with spaces.',
  BLOCK_AS_IMPLICIT_KEY: 'A `: ` in a text needs quotes around the whole text.',
  UNEXPECTED_TOKEN: 'Put the whole text in quotes.',
  BAD_ALIAS: 'A text that begins with * or & needs quotes.',
  BAD_SCALAR_START: 'A text that begins with @, ` or % needs quotes.',
  MISSING_CHAR: 'Close the bracket, the brace or the quotes.',
  MULTILINE_IMPLICIT_KEY: 'Put the whole text in quotes.',
  NON_STRING_KEY: 'A value that begins with {{ is read as a map inside a map: put the whole value in quotes.',
  MULTIPLE_DOCS: 'One file holds one runbook: remove the `---`.',
}

function yamlComplaint(code: string, message: string): { readonly message: string; readonly hint: string } {
  if (code === 'DUPLICATE_KEY')
    return { message: 'this key stands here twice, and only one of them would count', hint: 'Remove one.' }
  const said = message.split('\n')[0] ?? message
  return {
    message: `this is not YAML: ${said.charAt(0).toLowerCase()}${said.slice(1)}`,
    hint: YAML_HINTS[code] ?? 'Compare it with the lines around it; quotes around a text always help.',
  }
}
