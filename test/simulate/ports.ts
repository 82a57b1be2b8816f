import type {
  Append,
  Appended,
  CutoverLog,
  Dispatches,
  Loaded,
  NoticeClaims,
  Presence,
  ProgressBoard,
  SlackEffects,
} from '../../src/app/ports.ts'
import { isOver } from '../../src/domain/lookup.ts'
import type { Database, Prepared } from './database.ts'
import { dueTickets, observationsOf } from './tickets.ts'

/** How a process speaks to the database: what takes time, and what may be lost on the way. */
export interface Connection {
  /** One statement. It takes effect at one moment, between the question and the answer. */
  ask<T>(what: string, statement: () => T): Promise<T>
  /** Two questions after each other come so close together that nothing lies between them. */
  isQuick(): boolean
  /** `begin` to `commit`: `prepare` under the lock of `row`, and what it prepared at the commit. */
  transact(what: string, row: string, prepare: () => Prepared): Promise<Appended>
}

/** A connection on which nothing takes time and nothing is lost. */
export const directly: Connection = {
  ask: async (_, statement) => statement(),
  isQuick: () => false,
  async transact(_, __, prepare) {
    const prepared = prepare()
    if ('refused' in prepared) return prepared.refused
    prepared.commit()
    return prepared.appended
  },
}

export function fakeLog(database: Database, connection: Connection): CutoverLog {
  const stored = (cutover: string) => database.cutovers.get(cutover)
  return {
    async load(cutover, key) {
      const lookForKey = () => ({
        repeated: key !== undefined && database.keys.get(key) === cutover,
        asked: database.clock(),
      })
      const readEvents = ({ repeated, asked }: ReturnType<typeof lookForKey>): Loaded | null => {
        const found = stored(cutover)
        if (found === undefined) return null
        const last = found.events.at(-1)?.at ?? 0
        return { state: found.state, now: Math.max(asked, last), repeated }
      }
      if (connection.isQuick()) return connection.ask('load', () => readEvents(lookForKey()))
      const first = await connection.ask('look for the key', lookForKey)
      return connection.ask('read the events', () => readEvents(first))
    },
    append: (request: Append) =>
      connection.transact(
        `append ${request.events.map(({ type }) => type).join(', ')}`,
        request.expected === 0 ? 'opening' : request.cutover,
        () => database.prepare(request),
      ),
    events: (cutover) => connection.ask('read all events', () => stored(cutover)?.events ?? []),
    anchors: (cutover, upTo) => connection.ask('read anchors', () => database.anchors(cutover, upTo)),
    list: () => connection.ask('list', () => database.summaries('all')),
    open: () => connection.ask('list open', () => database.summaries('open')),
    leftToDo: (now) =>
      connection.ask('list what is left', () =>
        database
          .summaries('all')
          .filter(({ status, wakeAt }) => isOver(status) && wakeAt !== null && wakeAt <= now),
      ),
    now: () => connection.ask('ask the time', () => database.clock()),
  }
}

export function fakeDispatches(database: Database, connection: Connection): Dispatches {
  return {
    due: () => connection.ask('what is to be relayed', () => dueTickets(database.tickets, database.clock())),
    relayed: (attempts) =>
      connection.ask('note what was relayed', () => {
        for (const attempt of attempts) {
          const ticket = database.tickets.get(attempt)
          if (ticket !== undefined) ticket.relayedAt = database.clock()
        }
      }),
  }
}

type Simulated = Pick<Presence, 'serveSeen' | 'lead' | 'poolSeen' | 'observations' | 'cancelRequests'>

/** What the leader and the workers use of it; who else is there is not simulated. */
export function fakePresence(database: Database, connection: Connection): Simulated {
  return {
    serveSeen: (instance) =>
      connection.ask('say that serve is there', () => void database.serves.set(instance, database.clock())),
    lead: (instance, forMs) => connection.ask('ask for the lead', () => database.lead(instance, forMs)),
    poolSeen: (name) =>
      connection.ask('say that the host is there', () => void database.pools.set(name, database.clock())),
    observations: (limits) =>
      connection.ask('look at open attempts', () =>
        observationsOf(database.tickets, database.pools, { ...limits, now: database.clock() }),
      ),
    cancelRequests: (pool) =>
      connection.ask('look for cancels', () =>
        [...database.tickets.values()].filter(
          (ticket) =>
            ticket.pool === pool &&
            ticket.cancelRequested &&
            (ticket.status === 'spawning' || ticket.status === 'running'),
        ),
      ),
  }
}

export function fakeEffects(database: Database, connection: Connection): SlackEffects {
  return {
    of: (cutover) => connection.ask('read effects', () => database.effectsOf(cutover)),
    put: (effect) => connection.ask(`note ${effect.key} ${effect.state}`, () => database.putEffect(effect)),
    begin: (effect) => connection.ask(`begin ${effect.key}`, () => database.beginEffect(effect)),
  }
}

export function fakeClaims(database: Database, connection: Connection): NoticeClaims {
  return {
    claim: (cutover, key) => connection.ask('claim', () => database.claimNotice(cutover, key)),
    settle: (cutover, key, state) =>
      connection.ask(
        'settle',
        () => void database.notices.set(`${cutover} ${key}`, { state, changedAt: database.clock() }),
      ),
    reopen: (cutover, key) =>
      connection.ask('reopen', () => {
        const id = `${cutover} ${key}`
        if (database.notices.get(id)?.state !== 'sent') database.notices.delete(id)
      }),
  }
}

/** Progress is no fact: nothing of what is proven here depends on it. */
export const noProgress: ProgressBoard = {
  put: () => Promise.resolve(),
  putServer: () => Promise.resolve(),
  of: () => Promise.resolve(new Map()),
  putOutput: () => Promise.resolve(),
  output: () => Promise.resolve(null),
}
