import { Client } from 'pg'
import { POSTGRES_SCHEMA } from './sample-data.mjs'
import { best, child, ratio, seconds } from './measure.mjs'

const LIMIT = 5
const DRILL_LIMIT_MS = 1_000
/** Between a table and one a quarter its size: what the runtime itself takes varies by as much. */
const MEMORY_LIMIT_MB = 40

const DAMAGE = `
  update orders set note = overlay(note placing 'X' from 3 for 1) where id = 123456;
  delete from orders where id = 77777;
  insert into orders select (select max(id) + 1000 from orders), customer_id, reference, amount, discount, is_paid, weight,
    created_at, note, details, token, payload from orders where id = 1;
  update orders set note = '' where id = 5;
  update orders set created_at = created_at + interval '1 second' where id = 99999`
const EXPECTED = ['changed 5', 'changed 99999', 'changed 123456', 'missing 77777', 'extra']

/** `compare` against reading both sides row by row in Node; then five differences planted and found. */
export async function benchCompare({ file, smallFile, rows, database, rounds }) {
  const url = await database('compared', POSTGRES_SCHEMA)
  await child('copy', file, url)
  const smallUrl = await database('compared_small', POSTGRES_SCHEMA)
  await child('copy', smallFile, smallUrl)
  const naive = await child('naive', file, url)
  const runs = []
  for (let round = 0; round < rounds; round++) runs.push(await child('compare', file, url))
  const small = await child('compare', smallFile, smallUrl)
  const ours = best(runs.map(({ ms }) => ms))
  if (naive.differences > 0 || runs.some(({ differences }) => differences > 0))
    throw new Error('a false alarm')
  console.log(`compare SQLite with PostgreSQL, ${rows.toLocaleString('en-US')} rows of 12 columns:`)
  console.log(`  row by row in Node                   ${seconds(naive.ms)}`)
  console.log(`  compare                              ${seconds(ours)}`)
  const fast = ratio('  row by row / compare', naive.ms / ours, naive.ms / ours >= LIMIT, `at least ${LIMIT}`)
  const growth = Math.max(...runs.map(({ maxRssMb }) => maxRssMb)) - small.maxRssMb
  const flat = growth <= MEMORY_LIMIT_MB
  console.log(
    `  memory: ${small.maxRssMb} MB for a quarter of the rows, ${growth} MB more for all: ${flat ? 'flat' : 'NOT FLAT'}`,
  )
  return (await findsDamage({ file, url, ours })) && fast && flat
}

async function findsDamage({ file, url, ours }) {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query(DAMAGE)
  await client.query('vacuum analyze orders')
  await client.end()
  const damaged = [await child('compare', file, url), await child('compare', file, url)]
  const [{ differing }] = damaged
  const found = differing.map(({ kind, key }) => (kind === 'extra' ? kind : `${kind} ${key}`))
  const all = found.length === EXPECTED.length && EXPECTED.every((name) => found.includes(name))
  const more = best(damaged.map(({ ms }) => ms)) - ours
  console.log(
    `  five planted differences: ${all ? 'all found' : `FOUND ${found.join(', ')}`}, ${Math.round(more)} ms more`,
  )
  return all && more < DRILL_LIMIT_MS
}
