import type { VarDocument } from '../schema/document.ts'

export type VarValue = string | number

export type ReadVar =
  | { readonly ok: true; readonly value: VarValue }
  | { readonly ok: false; readonly message: string; readonly hint: string }

const HOST = /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$|^\[?[0-9a-fA-F:]+\]?$/
const TEXT_MAX = 1000

/** A value for a var, from the runbook or from the start modal, by its type and pattern. */
export function readVar(name: string, declared: VarDocument, given: VarValue): ReadVar {
  const typed = byType(name, declared, given)
  if (!typed.ok || declared.pattern === undefined) return typed
  const pattern = compilePattern(declared.pattern)
  return pattern === undefined || pattern.test(String(typed.value))
    ? typed
    : {
        ok: false,
        message: `${name}: "${clipped(given)}" does not have the form that the runbook asks for`,
        hint: `It must match ${declared.pattern} as a whole.`,
      }
}

/** The pattern anchored at both ends; none when it is no regular expression. */
export function compilePattern(pattern: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${pattern})$`, 'u')
  } catch {
    return undefined
  }
}

function byType(name: string, declared: VarDocument, given: VarValue): ReadVar {
  const text = String(given)
  const { type, values = [] } = declared
  const complaint =
    hasControlCharacter(text) || text.length > TEXT_MAX
      ? { message: 'holds a control character or is longer than 1,000', hint: 'Give one line of text.' }
      : FITS[type](text, values)
        ? undefined
        : COMPLAINTS[type](values)
  if (complaint !== undefined)
    return { ok: false, message: `${name}: "${clipped(given)}" ${complaint.message}`, hint: complaint.hint }
  return { ok: true, value: type === 'int' ? Number(text) : text }
}

type Type = VarDocument['type']
/** A command would read a dash in front as an option. */
const isPlainText = (text: string): boolean => text.trim() !== '' && !text.startsWith('-')

const FITS: Readonly<Record<Type, (text: string, values: readonly string[]) => boolean>> = {
  text: isPlainText,
  path: isPlainText,
  int: (text) => /^-?\d+$/.test(text) && Number.isSafeInteger(Number(text)),
  enum: (text, values) => values.includes(text),
  host: (text) => HOST.test(text),
  url: (text) => URL.canParse(text) && /^https?:/.test(text),
}

interface VarComplaint {
  readonly message: string
  readonly hint: string
}

const NO_TEXT: VarComplaint = {
  message: 'is empty or begins with a dash',
  hint: 'Give a text; a command would read a dash in front as an option.',
}

const COMPLAINTS: Readonly<Record<Type, (values: readonly string[]) => VarComplaint>> = {
  text: () => NO_TEXT,
  path: () => NO_TEXT,
  int: () => ({ message: 'is no whole number', hint: 'Give digits only.' }),
  enum: (values) => ({ message: 'is none of the choices', hint: `Choose one of ${values.join(', ')}.` }),
  host: () => ({ message: 'is no host name', hint: 'Give a name or an address without port or scheme.' }),
  url: () => ({ message: 'is no web address', hint: 'It begins with http:// or https://.' }),
}

const clipped = (value: VarValue): string => {
  const text = String(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

const hasControlCharacter = (text: string): boolean =>
  [...text].some((character) => character < ' ' || character === '\u007F')
