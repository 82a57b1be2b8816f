import { spawn } from 'node:child_process'
import { readFileSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { currentPlace, processStart } from '../../src/process/runner.js'
import { claimSpool } from '../../src/process/spool-claim.js'
import { aSpool, eventually } from './support.js'
function leave(spool, holder) {
  writeFileSync(
    join(spool.root, 'supervisor.lock'),
    JSON.stringify({ id: 'old', ...currentPlace(), ...holder }),
  )
}
async function aDeadProcess() {
  const process = spawn('sleep', ['30'])
  const identity = { pid: process.pid, startTime: processStart(process.pid) }
  process.kill('SIGKILL')
  await eventually(() => processStart(identity.pid) === null)
  return identity
}
describe('the claim on a spool', () => {
  it('is had by one at a time and free again when released', async () => {
    const spool = await aSpool()
    const [one, two] = [claimSpool(spool), claimSpool(spool)]
    expect([await one.holds(), await two.holds(), await one.holds()]).toEqual([true, false, true])
    await two.release()
    expect(await one.holds()).toBe(true)
    await one.release()
    expect([await two.holds(), await one.holds()]).toEqual([true, false])
  })
  it('of a killed worker goes to exactly one of many that come at once', async () => {
    const spool = await aSpool()
    const dead = await aDeadProcess()
    for (let round = 0; round < 30; round += 1) {
      leave(spool, dead)
      const claims = Array.from({ length: 8 }, () => claimSpool(spool))
      await Promise.all(claims.map((claim) => claim.holds()))
      const holding = await Promise.all(claims.map((claim) => claim.holds()))
      expect(holding.filter(Boolean)).toHaveLength(1)
    }
    expect(readdirSync(spool.root).filter((name) => name.startsWith('supervisor.lock'))).toEqual([
      'supervisor.lock',
    ])
  })
  it('is not taken from a living worker, nor from one that cannot be looked at until it has been silent', async () => {
    const spool = await aSpool()
    const claim = claimSpool(spool)
    leave(spool, { pid: process.pid, startTime: processStart(process.pid) })
    expect(await claim.holds()).toBe(false)
    leave(spool, { pid: 1, startTime: '1', pidNamespace: 'pid:[1]' })
    expect(await claim.holds()).toBe(false)
    utimesSync(join(spool.root, 'supervisor.lock'), new Date(0), new Date(0))
    expect(await claim.holds()).toBe(true)
  })
  it('ends with a restart of the host, and with the reuse of the holder’s pid', async () => {
    const spool = await aSpool()
    leave(spool, { pid: process.pid, startTime: processStart(process.pid), bootId: 'before' })
    expect(await claimSpool(spool).holds()).toBe(true)
    leave(spool, { pid: process.pid, startTime: 'another time' })
    expect(await claimSpool(spool).holds()).toBe(true)
    expect(JSON.parse(readFileSync(join(spool.root, 'supervisor.lock'), 'utf8')).id).not.toBe('old')
  })
})
