import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { makeDataSet } from '../../src/cli/demo/data/data-set.ts'
import { makePlace, type Place } from '../../src/cli/demo/place.ts'
import { serviceProgram } from '../../src/cli/demo/service/program.ts'
import { choosePort } from '../../src/cli/local/ports.ts'
import { openFolder } from '../../src/cli/local/folder.ts'

/** Ward OPS on SQLite, with its services running, as the environment `demo` of its runbook expects it. */
export interface WardOps {
  readonly place: Place
  readonly stop: () => Promise<void>
}

/** Its data has no orphans: where nobody is, nobody cleans them. */
export async function startWardOps(folder: string, rows: number): Promise<WardOps> {
  const place = makePlace(await openFolder(folder), await choosePort())
  makeDataSet({
    rows,
    seed: 1,
    path: place.sqlite,
    schemaFolder: join(place.runbooks, 'ward-ops', 'demo'),
    until: Date.now(),
  })
  const database = new DatabaseSync(place.sqlite)
  database.exec('delete from snmp_credentials where device_id not in (select id from standalone_devices)')
  database.close()
  const environment = { ...process.env, ...place.serviceEnvironment }
  const call = (...words: readonly string[]): Promise<void> =>
    serviceProgram({ words, environment, folder: place.home, say: () => undefined })
  await call('start', 'sqlite')
  await call('jobs', 'start')
  return { place, stop: () => call('stop') }
}
