import { z } from 'zod'
import { handleCommand, type Outcome } from '../../app/handle-command.ts'
import { openCutover, type Runbooks } from '../../app/open-cutover.ts'
import type { CutoverLog, Directory, Logins, ProgressBoard } from '../../app/ports.ts'
import type { PersonId } from '../../domain/plan.ts'
import { asPersonCommand, PersonCommandShape } from '../command-shape.ts'
import { problem, type Answer, type Request, type Route } from '../server.ts'
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
  key: Key,
})

/** How the record of a cutover is written for the outside. */
export interface Records {
  timeline(cutover: string, format: 'md' | 'json'): Promise<string | null>
  /** File name → text of the evidence. */
  exported(cutover: string): Promise<Readonly<Record<string, string>> | null>
  verify(cutover: string): Promise<object | null>
}

export interface CutoverDeps {
  readonly log: CutoverLog
  readonly logins: Logins
  readonly runbooks: Runbooks
  readonly directory: Directory
  readonly progress: ProgressBoard
  readonly records: Records
}

/** Everything that the CLI can ask of cutovers: the same rules and the same events as in Slack. */
export function cutoverRoutes(deps: CutoverDeps): readonly Route[] {
  const forPeople =
    (answer: (request: Request, person: PersonId) => Promise<Answer>): Route['handle'] =>
    (request) =>
      authenticated(deps.logins, request, async (person) => {
        const barred = (await deps.directory.person(person))?.barred
        return barred
          ? problem(403, 'barred', `A ${barred} may not act in Cutover.`)
          : answer(request, person)
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
      forPeople((request) => show(deps, request)),
    ),
    route(
      'POST',
      '/v1/cutovers/:id/commands',
      forPeople((request, person) => act(deps, request, person)),
    ),
    route(
      'GET',
      '/v1/cutovers/:id/timeline',
      forPeople((request) => timeline(deps, request)),
    ),
    route(
      'GET',
      '/v1/cutovers/:id/export',
      forPeople(async ({ path }) => orNone(await deps.records.exported(idIn(path)), (files) => ({ files }))),
    ),
    route(
      'GET',
      '/v1/cutovers/:id/verification',
      forPeople(async ({ path }) =>
        orNone(await deps.records.verify(idIn(path)), (verification) => ({ verification })),
      ),
    ),
    route(
      'GET',
      '/v1/runbooks',
      forPeople(async () => found({ runbooks: await deps.runbooks.list() })),
    ),
    route(
      'GET',
      '/v1/people',
      forPeople(async () => found({ people: await deps.directory.people() })),
    ),
  ]
}

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
  return problem(404, 'no cutover', 'There is no such cutover. `cutover status` lists them.')
}

async function open(deps: CutoverDeps, { body }: Request, person: PersonId): Promise<Answer> {
  const parsed = Open.safeParse(body)
  if (!parsed.success) return badRequest(parsed.error)
  const { key, holders, ...request } = parsed.data
  const outcome = await openCutover(
    deps,
    { ...request, holders: holdersOf(holders) },
    { actor: { kind: 'person', person, via: 'cli' }, key },
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
  const outcome = await handleCommand(deps.log, idIn(path), asPersonCommand(command), {
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

async function show(deps: CutoverDeps, { path }: Request): Promise<Answer> {
  const loaded = await deps.log.load(idIn(path))
  if (!loaded) return noCutover()
  const progress = await deps.progress.of(loaded.state.id)
  return found({ state: loaded.state, now: loaded.now, progress: [...progress.values()] })
}

async function timeline(deps: CutoverDeps, { path, query }: Request): Promise<Answer> {
  const format = query.get('format') === 'json' ? 'json' : 'md'
  const text = await deps.records.timeline(idIn(path), format)
  if (text === null) return noCutover()
  return {
    status: 200,
    body: text,
    type: format === 'json' ? 'application/json' : 'text/markdown; charset=utf-8',
  }
}

function badRequest(error: z.ZodError): Answer {
  const problems = error.issues.map((issue) => `${issue.path.map(String).join('.')}: ${issue.message}`)
  return problem(400, 'bad request', `${problems.join('; ')}. Nothing was changed.`)
}
