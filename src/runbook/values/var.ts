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
  const refuse = (message: string, hint: string): ReadVar => ({
    ok: false,
    message: `${name}: "${clipped(given)}" ${message}`,
    hint,
  })
  if (hasControlCharacter(text) || text.length > TEXT_MAX)
    return refuse('holds a control character or is longer than 1,000', 'Give one line of text.')
  switch (declared.type) {
    case 'int':
      return /^-?\d+$/.test(text) && Number.isSafeInteger(Number(text))
        ? { ok: true, value: Number(text) }
        : refuse('is no whole number', 'Give digits only.')
    case 'enum':
      return (declared.values ?? []).includes(text)
        ? { ok: true, value: text }
        : refuse('is none of the choices', `Choose one of ${(declared.values ?? []).join(', ')}.`)
    case 'host':
      return HOST.test(text)
        ? { ok: true, value: text }
        : refuse('is no host name', 'Give a name or an address without port or scheme.')
    case 'url':
      return URL.canParse(text) && /^https?:/.test(text)
        ? { ok: true, value: text }
        : refuse('is no web address', 'It begins with http:// or https://.')
    case 'path':
    case 'text':
      return text.trim() === ''
        ? refuse('is empty', 'Give a text.')
        : { ok: true, value: text }
    default:
      return declared.type satisfies never
  }
}

const clipped = (value: VarValue): string => {
  const text = String(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

const hasControlCharacter = (text: string): boolean =>
  [...text].some((character) => character < ' ' || character === '\u007F')
