import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import { makeLogins } from '../../../src/postgres/logins.ts'
import { ANA } from '../../support/plans.ts'
import type { ServeProcess } from '../../support/serve-process.ts'

const TRIES = 200
const PAUSE_MS = 100

/** A person at the command line who goes on trying, at whichever `serve` answers, until it says "recorded". */
export interface Deciding {
  /** Writes a note into the record of a cutover. */
  say(cutover: string): Promise<void>
  /** What was said and answered with "recorded", and how much of that the log does not have. */
  account(): Promise<{ readonly acknowledged: number; readonly lost: number; readonly twice: number }>
}

export async function startDeciding(
  pool: Pool,
  serves: readonly { readonly serve: ServeProcess }[],
): Promise<Deciding> {
  const token = randomBytes(16).toString('hex')
  const logins = makeLogins(pool)
  const code = randomBytes(4).toString('hex')
  await logins.begin({ code, tokenHash: createHash('sha256').update(token).digest('hex'), days: 1 })
  await logins.confirm(code, ANA)
  const acknowledged: string[] = []

  async function posted(cutover: string, key: string, url: string): Promise<boolean> {
    const answer = await fetch(`${url}/v1/cutovers/${cutover}/commands`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ key, command: { type: 'note', text: `note ${key}` } }),
      signal: AbortSignal.timeout(5000),
    })
    if (answer.status === 200) return true
    if (answer.status < 500) throw new Error(`a note was refused: ${await answer.text()}`)
    return false
  }

  return {
    async say(cutover) {
      const key = randomBytes(8).toString('hex')
      for (let tries = 0; tries < TRIES; tries += 1) {
        const { url } = serves[tries % serves.length]!.serve
        // Killed in the middle of an answer, not up yet, without its log: the same key at the other one.
        const isRecorded = await posted(cutover, key, url).catch((error: unknown) => {
          if (error instanceof Error && error.message.startsWith('a note was refused')) throw error
          return false
        })
        if (isRecorded) return void acknowledged.push(key)
        await sleep(PAUSE_MS)
      }
      throw new Error('nobody answered')
    },
    async account() {
      const { rows } = await pool.query<{ text: string; times: string }>(
        `select data::jsonb->>'text' as text, count(*)::text as times from cutover.event
         where type = 'note added' group by 1`,
      )
      const times = new Map(rows.map(({ text, times }) => [text, Number(times)]))
      const told = acknowledged.map((key) => times.get(`note ${key}`) ?? 0)
      return {
        acknowledged: acknowledged.length,
        lost: told.filter((count) => count === 0).length,
        twice: told.filter((count) => count > 1).length,
      }
    },
  }
}
