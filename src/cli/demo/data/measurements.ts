import { DAY_MS, MINUTE_MS } from './calendar.ts'
import { INTERFACES_PER_DEVICE, type Making, type Row } from './tables.ts'

/** What the service writes all day. Each function gives the rows of one table, oldest first. */

const MAX_INT64 = 9_223_372_036_854_775_807n
const SPREAD_MS = 21 * DAY_MS

/** `count` moments over the last three weeks, evenly spread, in order. */
function* moments(count: number, until: number): Generator<number> {
  for (let n = 1; n <= count; n++) yield Math.floor(until - SPREAD_MS + (SPREAD_MS * n) / count)
}

export function* interfaces({ chance, calendar, sizes }: Making): Generator<Row> {
  for (let id = 1; id <= sizes.interfaces; id++) {
    const index = (id - 1) % INTERFACES_PER_DEVICE
    yield [
      id,
      Math.floor((id - 1) / INTERFACES_PER_DEVICE) + 1,
      index + 1,
      `ether${index + 1}`,
      chance.maybe(0.1) ? null : chance.pick([100_000_000, 1_000_000_000, 10_000_000_000]),
      counter(id, chance.whole(0, 4_000_000_000)),
      BigInt(chance.whole(0, 2_000_000_000)),
      chance.maybe(0.9) ? 1 : 0,
      chance.maybe(0.1) ? null : calendar.text(calendar.until - chance.whole(0, 5000) * MINUTE_MS),
    ]
  }
}

/** Counters that pass 2^53, where a number in JavaScript begins to lose its last digits, up to the last 64-bit one. */
function counter(id: number, billions: number): bigint {
  return id === 1 ? MAX_INT64 : BigInt(billions) * 2_000_000_011n + BigInt(id)
}

export function* pings({ chance, calendar, sizes }: Making): Generator<Row> {
  let id = 0
  for (const at of moments(sizes.pings, calendar.until)) {
    id += 1
    const isUp = chance.maybe(0.985)
    yield [
      id,
      ((id * 7) % sizes.devices) + 1,
      calendar.text(at),
      isUp ? 1 : 0,
      isUp ? chance.decimal(0.2, 180, 3) : null,
      isUp ? chance.pick([0, 0, 0, 0, 0.5, 12.25]) : 100,
    ]
  }
}

export function* traffic({ chance, calendar, sizes }: Making): Generator<Row> {
  let id = 0
  for (const at of moments(sizes.traffic, calendar.until)) {
    id += 1
    yield [
      id,
      ((id * 11) % sizes.interfaces) + 1,
      calendar.text(at),
      BigInt(chance.whole(0, 4_000_000_000)) * 4_000_037n,
      chance.whole(0, 2_000_000_000),
      chance.maybe(0.05) ? null : chance.decimal(0, 1, 9),
    ]
  }
}

export function* alerts({ chance, calendar, sizes }: Making): Generator<Row> {
  let id = 0
  for (const at of moments(sizes.alerts, calendar.until)) {
    id += 1
    const isOpen = chance.maybe(0.01)
    const isAcknowledged = chance.maybe(0.6)
    yield [
      id,
      chance.whole(1, sizes.rules),
      chance.whole(1, sizes.devices),
      chance.pick(['RTT above limit', 'კავშირი დაიკარგა ❌', 'UPS on battery 🔋', 'Loss ≥ 12,25 %']),
      calendar.text(at),
      isOpen ? null : calendar.text(Math.min(calendar.until, at + chance.whole(1, 600) * MINUTE_MS)),
      isAcknowledged ? 1 : 0,
      isAcknowledged ? chance.whole(1, sizes.users) : null,
      chance.maybe(0.4) ? null : `{"value": ${chance.decimal(1, 900, 2)}, "samples": ${chance.whole(1, 9)}}`,
    ]
  }
}

export function* auditLog({ chance, calendar, sizes }: Making): Generator<Row> {
  let id = 0
  for (const at of moments(sizes.audit, calendar.until)) {
    id += 1
    yield [
      id,
      chance.maybe(0.1) ? null : chance.whole(1, sizes.users),
      chance.pick(['login', 'device.updated', 'rule.created', 'alert.acknowledged']),
      chance.pick(['user', 'device', 'rule', 'alert']),
      chance.maybe(0.1) ? null : chance.whole(1, 600),
      chance.maybe(0.6) ? null : `{"ip": "10.0.0.${chance.whole(1, 254)}", "agent": "ბრაუზერი"}`,
      calendar.text(at),
    ]
  }
}
