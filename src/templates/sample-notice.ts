import { NoticeContext } from './notice-context.ts'
import { renderNotice, TemplateError } from './render-notice.ts'
import type { Finding } from './template-file.ts'

const START = Date.UTC(2026, 10, 20, 22, 30)
const MINUTE_MS = 60_000
const NINO = { id: 'U024NINO', name: 'Nino Beridze' }

const always = {
  now: START,
  cutover: {
    id: 'ward-ops-20261120',
    title: 'Ward OPS from SQLite to PostgreSQL',
    runbook: 'ward-ops-postgres',
    environment: 'production',
    rehearsal: false,
    target: 'ward_ops',
    state: 'running',
    postponed: false,
  },
  window: {
    start: START,
    end: START + 60 * MINUTE_MS,
    length: 60 * MINUTE_MS,
    freeze: 15 * MINUTE_MS,
    zone: 'Asia/Tbilisi',
  },
  planned: { start: START, end: START + 45 * MINUTE_MS },
  lead: NINO,
  opener: NINO,
  holders: {},
  people: [],
  open: [],
  closed: [],
  contacts: {},
  links: [],
}

/** A notice before anything has happened: every optional part is absent. */
export const BARE_NOTICE: NoticeContext = NoticeContext.parse(always)

/** A notice in which every part is there, for previews. */
export const FULL_NOTICE: NoticeContext = NoticeContext.parse({
  ...always,
  before: { start: START - 60 * MINUTE_MS, end: START },
  update: { number: 1, next: START + 30 * MINUTE_MS },
  meeting: { title: 'Review', start: START, end: START + 30 * MINUTE_MS, cancelled: false },
  forecast: { earliest: START + 42 * MINUTE_MS, latest: START + 49 * MINUTE_MS },
  holders: { lead: { title: 'Migration lead', person: NINO } },
  people: [{ role: 'lead', title: 'Migration lead', person: NINO }],
  started: { at: START + MINUTE_MS },
  open: [{ name: 'maintenance', since: START + MINUTE_MS, length: 17 * MINUTE_MS }],
  closed: [{ name: 'freeze', since: START - 15 * MINUTE_MS, length: 30 * MINUTE_MS }],
  downtime: { length: 38 * MINUTE_MS },
  decision: { gate: 'Go or no-go?', outcome: 'GO', at: START - 2 * MINUTE_MS, people: [NINO] },
  reason: { text: 'the sides differ', by: NINO },
  watch: { start: START + 60 * MINUTE_MS, end: START + 120 * MINUTE_MS, length: 60 * MINUTE_MS },
  next: { title: 'First hour', start: START + 60 * MINUTE_MS },
  backup: { size: 412_000_000, took: 112_000 },
  copied: { rows: 3_012_884, took: 140_000 },
  compared: { rows: 3_012_884, differences: 0, took: 44_000 },
  written: { rows: 41, replaced: 3, tables: 2, since: START + 20 * MINUTE_MS, until: START + 31 * MINUTE_MS },
  rollback: {
    since: START + 30 * MINUTE_MS,
    by: NINO,
    reason: 'the sides differ',
    finished: { at: START + 36 * MINUTE_MS, took: 6 * MINUTE_MS },
  },
  completed: { at: START + 39 * MINUTE_MS, took: 39 * MINUTE_MS },
  channel: { name: 'migration-production-20261120' },
  links: [{ title: 'Dashboard', url: 'https://grafana.example/d/ward' }],
})

/** Whether a `json` section is JSON can only be seen when it is written, with all parts and with none. */
export function problemInJson(template: string): readonly Finding[] {
  for (const context of [FULL_NOTICE, BARE_NOTICE]) {
    try {
      renderNotice({ template, medium: 'webhook', context })
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error
      return [{ line: 1, col: 1, message: error.message, hint: error.hint }]
    }
  }
  return []
}
