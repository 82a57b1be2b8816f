import { writtenDecimal } from './decimal.ts'

/**
 * A JSON text as PostgreSQL writes the same value from a `jsonb`: keys by length, then by bytes, the last of equal
 * keys, numbers as exact decimals, one space after `:` and `,`. Undefined: not JSON, or JSON that jsonb cannot hold
 * (`\u0000`, half a surrogate pair).
 */
export function canonicalJson(text: string): string | undefined {
  if (!DELICATE.test(text)) return canonicalPlain(text)
  try {
    const reader = new Reader(text)
    const written = reader.value(0)
    reader.end()
    return written
  } catch (error) {
    if (error instanceof NotJson) return undefined
    throw error
  }
}

/**
 * What JSON.parse would change or let through: numbers that are more than a few digits, -0, escapes. It may match
 * inside a string as well, which only costs time. Keys beyond ASCII sort by their bytes, not as JavaScript sorts.
 */
// oxlint-disable-next-line no-control-regex
const DELICATE = /\d[.eE]|\d{16}|-0|\\|[^\u0000-\u007f]/

function canonicalPlain(text: string): string | undefined {
  try {
    return writePlain(JSON.parse(text))
  } catch (error) {
    // A RangeError is nesting so deep that PostgreSQL refuses it as well.
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined
    throw error
  }
}

/** It runs once for every JSON value of a table: the loops by index are twice as fast as map, entries and join. */
function writePlain(value: unknown): string {
  if (typeof value === 'string') return `"${value}"`
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) {
    let items = ''
    for (let at = 0; at < value.length; at++) items += (at === 0 ? '' : ', ') + writePlain(value[at])
    return `[${items}]`
  }
  const record = value as Readonly<Record<string, unknown>>
  const keys = Object.keys(record).sort(byLength)
  let members = ''
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at] ?? ''
    members += `${at === 0 ? '"' : ', "'}${key}": ${writePlain(record[key])}`
  }
  return `{${members}}`
}

function byLength(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1)
}

class NotJson extends Error {}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
// JSON forbids the control characters inside a string, which is what the class leaves out.
// oxlint-disable-next-line no-control-regex
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const HALF_SURROGATE = /\p{Surrogate}/u
const SPACE = /[ \t\n\r]*/y
const WORDS = ['true', 'false', 'null'] as const
/** Far above what people write; without a limit a hostile value would exhaust the stack. */
const DEPTH_LIMIT = 2_000

class Reader {
  private readonly text: string
  private at = 0

  constructor(text: string) {
    this.text = text
  }

  value(depth: number): string {
    if (depth > DEPTH_LIMIT) throw new NotJson()
    this.space()
    const next = this.text[this.at]
    if (next === '{') return this.object(depth)
    if (next === '[') return this.array(depth)
    if (next === '"') return write(this.string())
    const word = WORDS.find((word) => this.text.startsWith(word, this.at))
    if (word === undefined) return this.number()
    this.at += word.length
    return word
  }

  end() {
    this.space()
    if (this.at < this.text.length) throw new NotJson()
  }

  private object(depth: number): string {
    const members = new Map<string, string>()
    this.list('}', () => {
      this.space()
      const key = this.string()
      this.space()
      this.expect(':')
      members.set(key, this.value(depth + 1))
    })
    const entries = [...members].map(([key, value]) => ({ key, bytes: Buffer.from(key), value }))
    entries.sort((a, b) => a.bytes.length - b.bytes.length || Buffer.compare(a.bytes, b.bytes))
    return `{${entries.map(({ key, value }) => `${write(key)}: ${value}`).join(', ')}}`
  }

  private array(depth: number): string {
    const items: string[] = []
    this.list(']', () => items.push(this.value(depth + 1)))
    return `[${items.join(', ')}]`
  }

  private list(close: string, item: () => void) {
    this.at += 1
    this.space()
    if (this.text[this.at] === close) {
      this.at += 1
      return
    }
    for (;;) {
      item()
      this.space()
      if (this.text[this.at] === close) break
      this.expect(',')
    }
    this.at += 1
  }

  private string(): string {
    const value: unknown = JSON.parse(this.match(STRING))
    if (typeof value !== 'string' || value.includes('\0') || HALF_SURROGATE.test(value)) throw new NotJson()
    return value
  }

  private number(): string {
    const number = writtenDecimal(this.match(NUMBER))
    if (number === undefined) throw new NotJson()
    return number
  }

  private expect(character: string) {
    if (this.text[this.at] !== character) throw new NotJson()
    this.at += 1
  }

  private space() {
    this.match(SPACE)
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)
    if (!found) throw new NotJson()
    this.at = pattern.lastIndex
    return found[0]
  }
}

/** JSON.stringify and PostgreSQL escape alike, but for half surrogates (refused above). */
function write(text: string): string {
  return JSON.stringify(text)
}
