/** A value that no message, log, event or file for people may show. */
export interface Secret {
  /** The runbook's word for it; shown when the secret itself is refused. */
  readonly name: string
  readonly value: string
}

/** Hides secrets in text, in every form in which programs commonly print them. */
export interface Masker {
  /** The text with each secret replaced by `[masked]`. */
  readonly mask: (text: string) => string
  /** The same for bytes held as a latin1 string, one character a byte, without line ends. */
  readonly maskLatin1: (text: string, options?: { readonly startsBefore: number }) => string
  /** Cheap: whether `maskLatin1` would change anything. Lines may be tested together. */
  readonly finds: (latin1: string) => boolean
  /** No form of a secret is longer than this, in bytes. */
  readonly longestBytes: number
}

/** Shorter ones would turn up in ordinary text, and hiding them would show where they are. */
export const SECRET_LENGTH_MIN = 6

export class SecretTooShort extends Error {
  constructor(name: string) {
    super(
      `The secret ${name} has fewer than ${SECRET_LENGTH_MIN} characters and cannot be hidden reliably. Use a longer one.`,
    )
    this.name = 'SecretTooShort'
  }
}

const MASK = '[masked]'
/** What looks like a credential although nobody declared it: Slack tokens, a password in a URL. */
const UNDECLARED: readonly Form[] = [
  { source: 'xox[a-z]-[\\w-]{10,250}' },
  { source: 'xapp-[\\w-]{10,250}' },
  { source: '://[^\\s/@:]{0,250}:[^\\s/@]{1,250}(?=@)', keeps: '://'.length },
]
// oxlint-disable-next-line no-control-regex -- control characters are what it is for
const CONTROL_CHARACTERS = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g
const UNDECLARED_BYTES_MAX = 600

/**
 * Masks each secret raw, URL-encoded, JSON-escaped (and mixtures of the three), in hex, and in base64 and base64url
 * at its three alignments; the same for the user and the password inside a URL-shaped secret, and for each line of
 * one with several lines. `users: false` leaves user names alone: in facts, which later steps take as arguments, a
 * file may well be named like the user.
 * @throws {SecretTooShort}
 */
export function makeMasker(secrets: readonly Secret[], { users = true } = {}): Masker {
  const values = new Set(secrets.flatMap((secret) => valuesIn(secret, users)))
  // One by one: V8 searches for each of them at gigabytes a second, and for all in one regex at some megabytes.
  const patterns = [...[...values].flatMap(formsOf), ...UNDECLARED].map(compile)
  const finds = (text: string) => patterns.some(({ test }) => test.test(text))
  const longest = Math.max(0, ...[...values].map((value) => Buffer.byteLength(value)))

  const maskLatin1: Masker['maskLatin1'] = (text, { startsBefore } = { startsBefore: Infinity }) => {
    const stop = Math.min(startsBefore, text.length)
    return finds(text) ? cover(text, hits(text, patterns), stop) : text.slice(0, stop)
  }
  const mask = (text: string) => {
    const bytes = Buffer.from(text).toString('latin1')
    return finds(bytes) ? Buffer.from(maskLatin1(bytes), 'latin1').toString() : text
  }
  return {
    mask,
    maskLatin1,
    finds,
    // The longest form writes each byte as six characters: \u0041.
    longestBytes: Math.max(UNDECLARED_BYTES_MAX, longest * 6 + 4),
  }
}

/** How a secret may be written. */
interface Form {
  readonly source: string
  /** The characters beside a hit hold bits of the secret too. */
  readonly spills?: boolean
  /** So many characters at the beginning of a hit are no secret. */
  readonly keeps?: number
}

interface Pattern extends Form {
  readonly test: RegExp
  readonly every: RegExp
}

function compile(form: Form): Pattern {
  return { ...form, test: new RegExp(form.source), every: new RegExp(form.source, 'g') }
}

interface Span {
  readonly start: number
  readonly end: number
}

/** Overlapping hits count each: one secret may begin inside another. */
function hits(text: string, patterns: readonly Pattern[]): readonly Span[] {
  const spans: Span[] = []
  for (const { every, spills = false, keeps = 0 } of patterns) {
    every.lastIndex = 0
    for (let match = every.exec(text); match !== null; match = every.exec(text)) {
      const end = match.index + match[0].length
      spans.push(spills ? spill(text, match.index, end) : { start: match.index + keeps, end })
      every.lastIndex = match.index + 1
    }
  }
  return spans.sort((a, b) => a.start - b.start)
}

function spill(text: string, start: number, end: number): Span {
  const isBase64 = (at: number) => /^[A-Za-z0-9+/_-]$/.test(text.charAt(at))
  return { start: isBase64(start - 1) ? start - 1 : start, end: isBase64(end) ? end + 1 : end }
}

/** Copies the text up to `stop`, each run of spans replaced; a span that begins before `stop` is covered whole. */
function cover(text: string, spans: readonly Span[], stop: number): string {
  let covered = ''
  let at = 0
  for (const { start, end } of spans) {
    if (start >= stop) break
    if (start > at || (start === at && !covered.endsWith(MASK))) covered += text.slice(at, start) + MASK
    at = Math.max(at, end)
  }
  return covered + text.slice(at, Math.max(at, stop))
}

function valuesIn({ name, value }: Secret, users: boolean): readonly string[] {
  if (length(value) < SECRET_LENGTH_MIN) throw new SecretTooShort(name)
  const lines = /[\r\n]/.test(value) ? value.split(/[\r\n]+/) : []
  const { user, passwords } = credentialsIn(value)
  const short = passwords.find((password) => length(password) < SECRET_LENGTH_MIN)
  if (short !== undefined) throw new SecretTooShort(`${name} (the password in its URL)`)
  const optional = [...lines, ...(users ? user : [])].filter((part) => length(part) >= SECRET_LENGTH_MIN)
  // Control characters are taken out of the output before it is searched.
  return [value, ...passwords, ...optional].flatMap((part) => [part, withoutControl(part)])
}

/** Both as written and decoded. Not by `URL`, which knows no PostgreSQL URL with several hosts. */
function credentialsIn(value: string): { user: readonly string[]; passwords: readonly string[] } {
  const [, authority = '', rest = ''] = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)(.*)$/is.exec(value) ?? []
  const at = authority.lastIndexOf('@')
  const [, user = '', password = ''] = /^([^:]*):?(.*)$/s.exec(authority.slice(0, Math.max(at, 0))) ?? []
  const inQuery = (key: string) =>
    [...rest.matchAll(new RegExp(`[?&]${key}=([^&#]*)`, 'g'))].map(([, text]) => text)
  const bothWays = (texts: readonly (string | undefined)[]) =>
    texts.filter((text) => text !== undefined && text !== '').flatMap((text = '') => [text, decoded(text)])
  return {
    user: bothWays([user, ...inQuery('user')]),
    passwords: bothWays([password, ...inQuery('password'), ...inQuery('sslpassword')]),
  }
}

function withoutControl(text: string): string {
  const plain = text.replaceAll(CONTROL_CHARACTERS, '')
  return length(plain) < SECRET_LENGTH_MIN ? text : plain
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function length(text: string): number {
  return [...text].length
}

function formsOf(value: string): readonly Form[] {
  const bytes = Buffer.from(value)
  const hex = [...bytes.toString('hex')].map(eitherCase).join('')
  return [
    { source: [...value].map(textForms).join('') },
    { source: hex },
    ...[0, 1, 2].map((before) => ({ source: base64Form(bytes, before), spills: true })),
  ]
}

/** One character as a program may write it: itself, percent-encoded, or escaped as in JSON. */
function textForms(character: string): string {
  const bytes = [...Buffer.from(character)]
  const raw = bytes.map((byte) => literal(String.fromCharCode(byte))).join('')
  const percent = bytes.map((byte) => `%${hexDigits(byte, 2)}`).join('')
  const units = character.split('')
  const unicode = units.map((unit) => `\\\\u${hexDigits(unit.charCodeAt(0), 4)}`).join('')
  const short = SHORT_ESCAPES[character]
  const forms = [raw, percent, unicode, ...(short === undefined ? [] : [literal(short)])]
  if (character === ' ') forms.push('\\+')
  return `(?:${forms.join('|')})`
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '/': '\\/',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}

/** What is sure to appear when the bytes are encoded with `before` (0 to 2) unknown bytes in front of them. */
function base64Form(bytes: Buffer, before: number): string {
  const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
  const first = Math.ceil((before * 8) / 6)
  const wholeCharacters = Math.floor(((before + bytes.length) * 8) / 6)
  return Array.from(encoded.slice(first, wholeCharacters), base64Character).join('')
}

function base64Character(character: string): string {
  if (character === '+') return '(?:[+-]|%2[bB])'
  if (character === '/') return '(?:[/_]|%2[fF]|\\\\/)'
  return character
}

function hexDigits(value: number, digits: number): string {
  return [...value.toString(16).padStart(digits, '0')].map(eitherCase).join('')
}

function eitherCase(digit: string): string {
  return digit >= 'a' ? `[${digit}${digit.toUpperCase()}]` : digit
}

function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
