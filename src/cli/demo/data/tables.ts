import type { Calendar } from './calendar.ts'
import type { Chance } from './chance.ts'

export type Value = string | number | bigint | Uint8Array | null
/** One row, a value for each column in the order of the schema. */
export type Row = readonly Value[]

/** How many rows each table gets. */
export interface Sizes {
  readonly users: number
  readonly devices: number
  readonly rules: number
  readonly interfaces: number
  readonly traffic: number
  readonly alerts: number
  readonly audit: number
  readonly pings: number
}

export interface Making {
  readonly chance: Chance
  readonly calendar: Calendar
  readonly sizes: Sizes
}

export const INTERFACES_PER_DEVICE = 4
/** `regions` and `cities`, which come with the service. */
export const CITIES = 27
const REFERENCE_ROWS = 12 + CITIES
const SETTINGS = 6

/** Shares a total out: pings take what the others leave, so that the sum is what was asked for. */
export function sizesFor(rows: number): Sizes {
  const devices = Math.max(40, Math.round(rows / 500))
  const users = 24
  const rules = 120
  const interfaces = devices * INTERFACES_PER_DEVICE
  const traffic = Math.round(rows * 0.3)
  const alerts = Math.round(rows * 0.02)
  const audit = Math.round(rows * 0.03)
  const fixed = REFERENCE_ROWS + users * 2 + devices * 2 + rules + interfaces + SETTINGS + rules / 4
  return {
    users,
    devices,
    rules,
    interfaces,
    traffic,
    alerts,
    audit,
    pings: Math.max(devices * 2, rows - fixed - traffic - alerts - audit),
  }
}
