import { z } from 'zod'
import { parseHead, type ExpectedHead } from '../../app/anchor.ts'
import { LogUnavailable } from '../../app/log-errors.ts'
import { actFor } from '../../app/act-for.ts'
import type { Outcome } from '../../app/handle-command.ts'
import { openCutover, type Runbooks } from '../../app/open-cutover.ts'
import type { Contacts, CutoverLog, Directory, Loaded, Logger, Logins } from '../../app/ports.ts'
import { mayRead, PRIVATE_TEXT } from '../../domain/people.ts'
import type { PersonId } from '../../domain/plan.ts'
import type { CutoverState } from '../../domain/state.ts'
import { asPersonCommand, PersonCommandShape } from '../command-shape.ts'
import { barredBy } from '../may-act.ts'
import { problem, type Answer, type Request, type Route } from '../server.ts'
import { readContacts, writeContact } from './contacts.ts'
import { authenticated } from './logins.ts'

const Key = z.string().min(1).max(200)
const PersonId = z.string().regex(/^[UW][A-Z0-9]+$/)

const Act = z.strictObject({
  command: PersonCommandShape,
  key: Key,
  revision: z.number().int().nonnegative().optional(),
})

const Open = z.strictObject({
  runbook: z.string().min(1),
  environment: z.string().min(1),
  plannedStart: z.number().int(),
  holders: z.record(z.string(), z.strictObject({ person: PersonId, backup: PersonId.optional() })),
  vars: z.record(z.string(), z.string()),
  choices: z.record(z.string(), z.string()).default({}),
  reason: z.string().max(3000).optional(),
  key: Key,
})

/** As which the record can be had: whole, as data, short enough for a ticket, as the draft of a post-mortem. */
export const RECORD_FORMATS = ['md', 'json', 'pr', 'post-mortem'] as const
export type RecordFormat = (typeof RECORD_FORMATS)[number]

/** How the record of a cutover is written for the outside. */
export interface Records {
  timeline(cutover: string, format: RecordFormat): Promise<string | null>
  /** File name → text of the evidence. */
  exported(cutover: string): Promise<Readonly<Record<string, string>> | null>
  verify(cutover: string, expected?: ExpectedHead): Promise<object | null>
}

export interface CutoverDeps {
  readonly log: CutoverLog
  readonly logins: Logins
  readonly contacts: Contacts
  readonly runbooks: Runbooks
  readonly directory: Directory
  readonly records: Records
  readonly logger: Logger
}

/** Everything that the CLI can ask of cutovers: the same rules and the same events as in Slack. */
export function cutoverRoutes(deps: CutoverDeps): readonly Route[] {
  const barred = barredBy(deps)
  const forPeople =
    (answer: (request: Request, person: PersonId) => Promise<Answer>): Route['handle'] =>
    (request) =>
      authenticated(deps.logins, request, async (person) => {
        const why = await barred(person)
        return why === null ? answer(request, person) : problem(403, 'barred', why)
      })
  const forReaders: ForReaders = (answer) =>
    forPeople(async (request, person) => {
      const loaded = await deps.log.load(idIn(request.path))
      if (!loaded) return noCutover()
      return mayRead(loaded.state, person) ? answer(request, loaded, person) : noPart()
    })

  return [
    route(
      'GET',
      '/v1/cutovers',
      forPeople(async () => found({ cutovers: await deps.log.list() })),
    ),
    route(
      'POST',
      '/v1/cutovers',
      forPeople((request, person) => open(deps, request, person)),
    ),
    route(
      'GET',
      '/v1/cutovers/:id',
      forReaders((_, loaded) => show(deps, loaded)),
    ),
    route(
      'POST',
      '/v1/cutovers/:id/commands',
      forPeople((request, person) => act(deps, request, person)),
    ),
    ...recordRoutes(deps, forReaders),
    route(
      'GET',
      '/v1/cutovers/:id/verification',
      forPeople((request, person) => verification(deps, request, person)),
    ),
    ...contactRoutes(deps, forReaders),
    route(
      'GET',
      '/v1/runbooks',
      forPeople(async () => found({ runbooks: await deps.runbooks.list() })),
    ),
    route(
      'GET',
      '/v1/people',
      forPeople(() => people(deps)),
    ),
  ]
}

type ForReaders = (
  answer: (request: Request, loaded: Loaded, person: PersonId) => Promise<Answer>,
) => Route['handle']

const recordRoutes = (deps: CutoverDeps, forReaders: ForReaders): readonly Route[] => [
  route(
    'GET',
    '/v1/cutovers/:id/timeline',
    forReaders((request) => timeline(deps, request)),
  ),
  route(
    'GET',
    '/v1/cutovers/:id/export',
    forReaders(async ({ path }) => orNone(await deps.records.exported(idIn(path)), (files) => ({ files }))),
  ),
]

const contactRoutes = ({ contacts }: CutoverDeps, forReaders: ForReaders): readonly Route[] => [
  route(
    'GET',
    '/v1/cutovers/:id/contacts',
    forReaders((_, loaded, person) => readContacts(contacts, loaded, person)),
  ),
  route(
    'POST',
    '/v1/cutovers/:id/contacts',
    forReaders((request, loaded, person) => writeContact(contacts, loaded, { request, person })),
  ),
]

function route(method: Route['method'], pattern: string, handle: Route['handle']): Route {
  return { method, pattern, handle }
}

const idIn = (path: readonly string[]): string => path[2] ?? ''

function found(body: object): Answer {
  return { status: 200, body: { ok: true, ...body } }
}

function orNone<T>(value: T | null, body: (value: T) => object): Answer {
  return value === null ? noCutover() : found(body(value))
}

function noCutover(): Answer {
  return problem(404, 'no cutover', 'There is no such cutover. `cutover list` lists them.')
}

function noPart(): Answer {
  return problem(403, 'no part', PRIVATE_TEXT)
}

async function people({ directory, logger }: CutoverDeps): Promise<Answer> {
  try {
    return found({ people: await directory.people() })
  } catch (error) {
    logger.warn({ reason: String(error) }, 'Slack does not say who is there')
    return problem(
      503,
      'slack away',
      'Slack does not answer, so names are not known. Write Slack user ids (U…) instead of @names.',
    )
  }
}

async function open(deps: CutoverDeps, { body }: Request, person: PersonId): Promise<Answer> {
  const parsed = Open.safeParse(body)
  if (!parsed.success) return badRequest(parsed.error)
  const { key, holders, reason, ...request } = parsed.data
  const outcome = await openCutover(
    deps,
    { ...request, holders: holdersOf(holders), ...(reason === undefined ? {} : { reason }) },
    { actor: { kind: 'person', person, via: 'cli' }, key: `${person}/${key}` },
  )
  return answerOf(outcome)
}

function holdersOf(holders: z.infer<typeof Open>['holders']) {
  return Object.fromEntries(
    Object.entries(holders).map(([role, { person, backup }]) => [
      role,
      backup === undefined ? { person } : { person, backup },
    ]),
  )
}

async function act(deps: CutoverDeps, { path, body }: Request, person: PersonId): Promise<Answer> {
  const parsed = Act.safeParse(body)
  if (!parsed.success) return badRequest(parsed.error)
  const { command, key, revision } = parsed.data
  const outcome = await actFor(deps, idIn(path), asPersonCommand(command), {
    actor: { kind: 'person', person, via: 'cli' },
    key: `${person}/${key}`,
    ...(revision === undefined ? {} : { revision }),
  })
  return answerOf(outcome)
}

function answerOf(outcome: Outcome): Answer {
  if (!outcome.ok) return problem(409, outcome.refusal.code, outcome.refusal.message)
  const { state, recorded, repeated } = outcome
  return found({
    cutover: state.id,
    status: state.status,
    position: state.position,
    repeated,
    events: recorded.map(({ type, position }) => ({ type, position })),
  })
}

async function show({ logins }: CutoverDeps, { state, now, readOnly }: Loaded): Promise<Answer> {
  const loggedIn = await logins.loggedIn()
  const holders = new Set(Object.values(state.holders).map(({ person }) => person))
  return found({
    state,
    now,
    withoutLogin: [...holders].filter((person) => !loggedIn.has(person)),
    ...(readOnly === undefined ? {} : { readOnly }),
  })
}

async function timeline(deps: CutoverDeps, { path, query }: Request): Promise<Answer> {
  const format = RECORD_FORMATS.find((known) => known === (query.get('format') ?? 'md'))
  if (format === undefined)
    return problem(400, 'bad request', `A record is had as ${RECORD_FORMATS.join(', ')}.`)
  const text = await deps.records.timeline(idIn(path), format)
  if (text === null) return noCutover()
  return {
    status: 200,
    body: text,
    type: format === 'json' ? 'application/json' : 'text/markdown; charset=utf-8',
  }
}

async function verification(deps: CutoverDeps, { path, query }: Request, person: PersonId): Promise<Answer> {
  const state = await readable(deps.log, idIn(path))
  if (state && !mayRead(state, person)) return noPart()
  const [head, position] = [query.get('head'), query.get('position')]
  if (head === null) return verified(await deps.records.verify(idIn(path)))
  const expected = parseHead(position === null ? head : `${position}:${head}`)
  if ('problem' in expected) return problem(400, 'bad request', expected.problem)
  return verified(await deps.records.verify(idIn(path), expected))
}

/** Null also for a record that was spoiled or removed: whether it was is what verification is asked about. */
async function readable(log: CutoverLog, cutover: string): Promise<CutoverState | null> {
  try {
    return (await log.load(cutover))?.state ?? null
  } catch (error) {
    if (error instanceof LogUnavailable) throw error
    return null
  }
}

const verified = (answer: object | null): Answer => orNone(answer, (found) => ({ verification: found }))

function badRequest(error: z.ZodError): Answer {
  const problems = error.issues.map((issue) => `${issue.path.map(String).join('.')}: ${issue.message}`)
  return problem(400, 'bad request', `${problems.join('; ')}. Nothing was changed.`)
}
