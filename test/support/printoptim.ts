import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { Client } from 'pg'
import { makePlaces, RUNBOOKS, type Rehearsing } from './rehearsal.ts'
import { startNameServer } from './name-server.ts'
import { makeStandIns, type StandIns } from './stand-ins.ts'

/** The tests that the runbook wants to see; the stand-in of pytest passes them when the API is well. */
const SMOKE_TESTS = [
  'test_health',
  'test_sign_in',
  'test_machines_of_a_customer',
  'test_latest_reading',
  'test_invoice_preview',
]

/** PrintOptim as the environment `demo` of its runbook expects it: a database, an API that reads it, programs. */
export interface PrintOptim {
  readonly rehearsing: Rehearsing
  readonly folder: string
  readonly standIns: StandIns
  /** What runs, and how many per cent of the traffic get there. */
  readonly state: () => {
    readonly api: boolean
    readonly worker: boolean
    readonly traffic: string
  }
  readonly stop: () => Promise<void>
}

export interface Faults {
  /**
   * A customer writes as soon as a tenth is let in; then the load balancer refuses to let everybody in. The API still
   * has something under way when the traffic is back at the maintenance page, and writes it as it is stopped.
   */
  readonly reopeningFails?: boolean
}

/** Fills `url` with the old tables and starts everything around it. */
export async function startPrintOptim(url: string, faults: Faults = {}): Promise<PrintOptim> {
  await query(url, readFileSync(join(RUNBOOKS, 'printoptim/demo/before.sql'), 'utf8'))
  const { folder, remove } = makePlaces('app', 'backups', 'evidence', 'log', 'state')
  writeFileSync(join(folder, 'log/error.log'), '')
  const inState = (name: string): string => join(folder, 'state', name)
  for (const unit of ['printoptim_api', 'printoptim_worker']) writeFileSync(inState(unit), '')
  writeFileSync(inState('traffic'), '100\n')
  const api = await startApi(url, () => existsSync(inState('printoptim_api')))
  const standIns = programs({ folder, url, api: api.url }, faults)
  const names = await startNameServer()
  names.say('A api.printoptim.test', { values: ['127.0.0.1'], ttl: 30 })
  return {
    folder,
    standIns,
    state: () => ({
      api: existsSync(inState('printoptim_api')),
      worker: existsSync(inState('printoptim_worker')),
      traffic: readFileSync(inState('traffic'), 'utf8').trim(),
    }),
    rehearsing: {
      runbook: 'printoptim.yaml',
      environment: 'demo',
      folder,
      secrets: { DATABASE_URL: url },
      vars: {
        health: `${api.url}/health`,
        numbers: `${api.url}/numbers`,
        switched_by: 'dns',
        api_name: 'api.printoptim.test',
        api_address: '127.0.0.1',
        resolver: names.at,
      },
      standIns: standIns.folder,
    },
    async stop() {
      await names.close()
      await api.stop()
      standIns.remove()
      remove()
    },
  }
}

interface Around {
  readonly folder: string
  readonly url: string
  readonly api: string
}

const writes = (
  machine: number,
): string => `insert into metering.tb_reading (fk_machine, read_at, black, colour)
  values (${machine}, '2026-11-20 09:00+01', 5, 5) on conflict do nothing`

function programs({ folder, url, api }: Around, { reopeningFails = false }: Faults): StandIns {
  const state = join(folder, 'state')
  const set = (percent: string): string => `echo ${percent} > '${state}/traffic'`
  const write = (machine: number): string => `psql -XAtq -v ON_ERROR_STOP=1 -c "${writes(machine)}" '${url}'`
  const reopened = `'${state}/reopened'`
  const onTenth = reopeningFails ? `touch ${reopened} && ${write(7)}` : ':'
  const onStop = reopeningFails ? `{ [ ! -e ${reopened} ] || ${write(8)}; }` : ':'
  const onAll = reopeningFails ? `grep -qvx 10 '${state}/traffic' || { echo refused >&2; exit 7; }` : ':'
  const cases = SMOKE_TESTS.map((name) => `<testcase classname="smoke" name="${name}" time="0.1"/>`)
  const suite = `<testsuite name="smoke" tests="${cases.length}">${cases.join('')}</testsuite>`
  return makeStandIns({
    systemctl: ['printoptim_api', 'printoptim_worker'].flatMap((unit) => [
      { call: `start ${unit}`, run: `touch '${state}/${unit}'` },
      {
        call: `stop ${unit}`,
        run: `${unit === 'printoptim_api' ? `${onStop} && ` : ''}rm -f '${state}/${unit}'`,
      },
    ]),
    'printoptim-traffic': [
      { call: 'set 0', run: set('0') },
      { call: 'set 10', run: `${set('10')} && ${onTenth}` },
      { call: 'set 100', run: `${onAll} && ${set('100')}` },
      { call: 'show', run: `cat '${state}/traffic'` },
    ],
    confiture: [{ call: 'build --env demo --dry-run', out: 'schema builds: 6 files' }],
    pytest: [
      {
        call: 'tests/smoke/ -v --junitxml=smoke.xml',
        run: `curl -fsS '${api}/health' && echo '${suite}' > smoke.xml`,
      },
    ],
  })
}

/** It answers while its service runs, from whichever schema the database has. */
async function startApi(url: string, isRunning: () => boolean) {
  const server = createServer((request, response) => {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    if (request.url === '/numbers') return answer(200, { error_rate: 0.2, p95_ms: 84 })
    if (!isRunning()) return answer(503, { status: 'stopped' })
    query(url, `select to_regclass('metering.v_volume') is not null as moved`).then(
      ([row]) => answer(200, { status: 'ok', schema: row?.['moved'] === true ? 'specql' : 'legacy' }),
      (error: unknown) => answer(500, { status: String(error) }),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the API has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function query(url: string, text: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}
