import { DAY_MS, HOUR_MS } from './calendar.ts'
import { CITIES, type Making, type Row } from './tables.ts'

/** What changes seldom: people, devices, and what is set up for them. Each function gives the rows of one table. */

const FIRST_NAMES = ['Tamar', 'Levan', 'Nana', 'Irakli', 'Salome', 'Zurab', 'Maka', 'Vakhtang', 'თეა', 'ლაშა']
const LAST_NAMES = [
  'Lomidze',
  'Gelashvili',
  'Kvaratskhelia',
  'Dolidze',
  'Tsiklauri',
  'ჯაფარიძე',
  'Maisuradze',
]
const VENDORS = [
  ['MikroTik', 'CCR2004', 'hAP ax³'],
  ['Cisco', 'C9300-24P', 'ISR 1111'],
  ['Ubiquiti', 'USW-Pro-24', 'U6-LR'],
  ['APC', 'SMT1500IC', 'AP9640'],
] as const
const KINDS = ['router', 'switch', 'ap', 'ups', 'monitor', 'pacs'] as const
const WARDS = ['icu', 'er', 'surgery', 'maternity', 'lab', 'pharmacy', 'radiology'] as const

/** Both `''` and NULL occur, and mean different things; the others have all that a careless copy breaks. */
const NOTES = [
  null,
  null,
  null,
  '',
  'გადატვირთულია ღამით, დარეკეთ ჯერ 📞',
  'On the roof of the clinic — bring the ladder 🪜',
  'Two lines:\nsecond one\twith a tab',
  'He said "don\'t touch", and \\N is not NULL; \\. ends nothing',
  '  spaces at both ends  ',
  '👩🏽‍⚕️ night desk has the key',
] as const

export function* users({ chance, calendar, sizes }: Making): Generator<Row> {
  for (let id = 1; id <= sizes.users; id++) {
    const first = chance.pick(FIRST_NAMES)
    const created = calendar.until - chance.whole(30, 900) * DAY_MS
    yield [
      id,
      `user${id}`,
      `user${id}@ward-ops.example.org`,
      `${first} ${chance.pick(LAST_NAMES)}`,
      id <= 2 ? 'admin' : chance.pick(['operator', 'viewer']),
      chance.maybe(0.9) ? 1 : 0,
      chance.maybe(0.3)
        ? null
        : `{"theme": "${chance.pick(['dark', 'light'])}", "language": "ka", "columns": [${id}, 2.50, null]}`,
      calendar.text(created),
      chance.maybe(0.2) ? null : calendar.text(calendar.until - chance.whole(1, 600) * HOUR_MS),
    ]
  }
}

export function* devices({ chance, calendar, sizes }: Making): Generator<Row> {
  for (let id = 1; id <= sizes.devices; id++) {
    const [vendor, ...models] = chance.pick(VENDORS)
    const created = calendar.until - chance.whole(20, 1200) * DAY_MS
    const kind = chance.pick(KINDS)
    yield [
      id,
      chance.maybe(0.03) ? null : chance.whole(1, CITIES),
      `${chance.pick(WARDS)}-${kind}-${String(id).padStart(3, '0')}`,
      `10.${id >> 14}.${(id >> 7) & 127}.${(id & 127) + 1}`,
      vendor,
      chance.pick(models),
      chance.maybe(0.1) ? null : `SN${String(chance.whole(1, 99_999_999)).padStart(8, '0')}`,
      chance.maybe(0.94) ? 1 : 0,
      chance.maybe(0.15) ? 1 : 0,
      chance.maybe(0.2) ? '[]' : `["${kind}", "სართული ${chance.whole(1, 9)}"]`,
      chance.pick(NOTES),
      chance.maybe(0.8) ? null : Uint8Array.from([137, 80, 78, 71, 13, 10, 26, 10, 0, ...chance.bytes(55)]),
      chance.maybe(0.3) ? null : calendar.text(created - DAY_MS),
      calendar.text(created),
      calendar.text(calendar.until - chance.whole(1, 400) * HOUR_MS),
    ]
  }
}

/** One credential for each device, and the last one for a device that was deleted long ago. */
export function* credentials({ chance, calendar, sizes }: Making): Generator<Row> {
  for (let id = 1; id <= sizes.devices; id++) {
    const version = chance.pick(['v2c', 'v3'])
    yield [
      id,
      id === sizes.devices ? goneDevice(sizes) : id,
      version,
      chance.maybe(0.9) ? 161 : 10_161,
      version === 'v3' ? `monitor-${id}` : null,
      chance.bytes(48),
      chance.maybe(0.7) ? 1 : 0,
      calendar.text(calendar.until - chance.whole(10, 900) * DAY_MS),
    ]
  }
}

/** The device that a credential is left over from. */
export function goneDevice({ devices }: { readonly devices: number }): number {
  return devices + 17
}

export function* rules({ chance, calendar, sizes }: Making): Generator<Row> {
  for (let id = 1; id <= sizes.rules; id++) {
    const [metric, operator, low, high] = chance.pick([
      ['rtt_ms', '>', 20, 400],
      ['packet_loss', '>=', 1, 50],
      ['in_octets', '>', 1_000_000, 90_000_000],
      ['uptime_days', '<', 1, 30],
    ] as const)
    yield [
      id,
      chance.maybe(0.2) ? null : chance.whole(1, sizes.devices),
      `${metric} ${operator} limit #${id}`,
      metric,
      operator,
      chance.decimal(low, high, 4),
      chance.pick(['info', 'warning', 'critical']),
      chance.maybe(0.5) ? null : `{"for": "${chance.whole(1, 15)}m", "weekdays": [1,2,3,4,5], "ratio": 0.10}`,
      chance.maybe(0.85) ? 1 : 0,
      chance.maybe(0.1) ? null : chance.whole(1, sizes.users),
      calendar.text(calendar.until - chance.whole(5, 700) * DAY_MS),
    ]
  }
}

export function* maintenanceWindows({ chance, calendar, sizes }: Making): Generator<Row> {
  for (let id = 1; id <= sizes.rules / 4; id++) {
    const starts = calendar.until - chance.whole(1, 300) * DAY_MS
    const ofCity = chance.maybe(0.3)
    yield [
      id,
      ofCity ? null : chance.whole(1, sizes.devices),
      ofCity ? chance.whole(1, CITIES) : null,
      chance.pick(['ელექტრომომარაგება', 'Firmware', 'Cabling 🔧', 'Generator test']),
      calendar.text(starts),
      calendar.text(starts + chance.whole(1, 8) * HOUR_MS),
      chance.whole(1, sizes.users),
    ]
  }
}

export function* notificationChannels({ chance, sizes }: Making): Generator<Row> {
  for (let id = 1; id <= sizes.users; id++) {
    const kind = chance.pick(['email', 'slack', 'sms'] as const)
    const address = {
      email: `user${id}@ward-ops.example.org`,
      slack: `#ward-${id}`,
      sms: `+99555512${id + 100}`,
    }
    yield [
      id,
      id,
      kind,
      address[kind],
      chance.maybe(0.8) ? 1 : 0,
      chance.maybe(0.5) ? null : '{"quiet": true}',
    ]
  }
}

export function* settings({ calendar, chance }: Making): Generator<Row> {
  const entries = [
    ['retention_days', '90', 0],
    ['site_name', '"თბილისის კლინიკა 🏥"', 0],
    ['smtp', '{"host": "smtp.example.org", "port": 587, "tls": true}', 0],
    ['api_token', '"c2VjcmV0LWZvci10aGUtZGVtbw=="', 1],
    ['thresholds', '{"rtt_ms": 150.50, "loss": 1e1, "big": 12345678901234567890}', 0],
    ['banner', 'null', 0],
  ] as const
  for (const [name, value, isSecret] of entries) {
    yield [name, value, isSecret, calendar.text(calendar.until - chance.whole(1, 90) * DAY_MS)]
  }
}
