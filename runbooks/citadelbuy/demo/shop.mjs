// In place of CitadelBuy's services, for this demo: health and metrics, on a port of 127.0.0.1.
//
//   node shop.mjs FOLDER DATABASE_URL [PORT]
//
// Says its address on standard output. FOLDER holds the cluster of bin/kubectl; the database is asked at each request,
// as a service with a pool would, so that a database that is gone or another one shows.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'

const [folder = '.', database = '', port = '0'] = process.argv.slice(2)
const inCluster = (name) => readFileSync(join(folder, 'cluster', name), 'utf8').trim()
const ask = async (query) => {
  const { stdout } = await promisify(execFile)('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', query, database])
  return stdout.trim()
}

async function connections() {
  const [active, idle] = (
    await ask(
      `select count(*) filter (where state = 'active'), count(*) filter (where state = 'idle')
       from pg_stat_activity where datname = current_database() and backend_type = 'client backend'`,
    )
  ).split('|')
  return { active: Number(active), idle: Number(idle), total: Number(active) + Number(idle) }
}

const pages = {
  '/': async () => ({ text: '<title>CitadelBuy</title>' }),
  '/health': async () => ({
    json: {
      status: (await ask('select 1')) === '1' ? 'ok' : 'failing',
      database: 'connected',
      maintenance: inCluster('api.maintenance') === 'true',
    },
  }),
  '/health/db': async () => ({ json: { connections: await connections() } }),
  '/metrics.json': async () => ({ json: JSON.parse(readFileSync(join(folder, 'metrics.json'), 'utf8')) }),
}

const server = createServer((request, response) => {
  const page = pages[request.url ?? '']
  if (page === undefined || inCluster('api.replicas') === '0') {
    response.writeHead(page === undefined ? 404 : 503).end()
    return
  }
  page().then(
    ({ json, text }) => response.writeHead(200).end(text ?? JSON.stringify(json)),
    () => response.writeHead(500).end('{"status":"failing","database":"unreachable"}'),
  )
})
server.listen(Number(port), '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}\n`)
})
