import { oneLine } from '../../wording.ts'

/** A row of `pg_settings`; `setting` counts in `unit`, `shown` is what SHOW would say. */
export interface Setting {
  readonly name: string
  readonly setting: string
  readonly unit: string | null
  readonly type: string
  readonly shown: string
}

const COMPARISON = /^(<=|>=|!=|<|>)\s*(-?\d+(?:\.\d+)?)\s*([A-Za-z]*)$/

/** Bytes and milliseconds, as PostgreSQL writes its units: kB is 1024. */
const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1024,
  '8kB': 8192,
  MB: 1024 ** 2,
  GB: 1024 ** 3,
  TB: 1024 ** 4,
  us: 0.001,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** What is wrong with a setting: `is 100, wanted >= 200`; undefined when it is as wanted. */
export function settingFault(
  setting: Setting | undefined,
  wanted: string | number | boolean,
): string | undefined {
  if (!setting) return 'is no setting of this server, or this user may not see it'
  const comparison = typeof wanted === 'string' ? COMPARISON.exec(wanted) : null
  if (comparison) return comparisonFault(setting, comparison)
  const text = typeof wanted === 'boolean' ? (wanted ? 'on' : 'off') : String(wanted)
  const same = [setting.shown, setting.setting].some((one) => one.toLowerCase() === text.toLowerCase())
  return same ? undefined : `is ${oneLine(setting.shown, 60)}, wanted ${text}`
}

function comparisonFault(
  { setting, unit, shown }: Setting,
  [wanted, op = '', amount = '', given = '']: RegExpExecArray,
): string | undefined {
  const own = unit === null ? 1 : UNITS[unit]
  const factor = given === '' ? own : UNITS[given]
  if (factor === undefined || own === undefined || (unit === null && given !== ''))
    return `is ${shown}, and cannot be compared with ${wanted}`
  const seen = Number(setting)
  if (Number.isNaN(seen)) return `is ${shown}, no number to hold against ${wanted}`
  return holds(op, seen * own, Number(amount) * factor) ? undefined : `is ${shown}, wanted ${wanted}`
}

function holds(op: string, left: number, right: number): boolean {
  switch (op) {
    case '<':
      return left < right
    case '<=':
      return left <= right
    case '>':
      return left > right
    case '>=':
      return left >= right
    default:
      return left !== right
  }
}
