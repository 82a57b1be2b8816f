import type { ExpectedValue } from './expectation.ts'

const CONTRARY: Readonly<Record<string, string>> = {
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
  '=': '!=',
  '!=': '=',
}

/** What holds exactly when `written` does not: `"> 5 %"` → `"<= 5 %"`, `3` → `"!= 3"`. */
export function contrary(written: ExpectedValue): string {
  const [, op, rest = ''] = /^(<=|>=|!=|<|>|=)(.*)$/s.exec(String(written)) ?? []
  return op === undefined ? `!= ${String(written)}` : `${CONTRARY[op] ?? op}${rest}`
}
