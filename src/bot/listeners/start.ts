import type { App, BlockAction, StaticSelectAction, ViewOutput } from '@slack/bolt'
import { randomUUID } from 'node:crypto'
import {
  openCutover,
  previewOpening,
  type OpeningRequest,
  type RunbookSummary,
} from '../../app/open-cutover.ts'
import type { CutoverLog } from '../../app/ports.ts'
import type { Actor } from '../../domain/events.ts'
import type { CutoverState } from '../../domain/state.ts'
import { button, section } from '../blocks.ts'
import { ACTIONS, FORMS } from '../ids.ts'
import { INPUTS, inputOf, recall, START_CHOICES, StartMemory } from '../views/forms.ts'
import { modal } from '../views/modal.ts'
import { chosenOf, startForm } from '../views/start-form.ts'
import { kindOfCutover, moment, value } from '../views/words.ts'
import { attend, type Request } from './attend.ts'
import type { Desk } from './desk.ts'
import { answersOf } from './form-answers.ts'
import { onForm } from './forms.ts'
import { openView } from './open-form.ts'
import { readOpening } from './opening-answers.ts'
import { done, errors, say, type Reply } from './reply.ts'
import { clickRequest } from './surfaces.ts'
import { plainRefusal } from './wording.ts'

/** The way to a new cutover: the form, its choices, its preview, its submission. */
export function registerStart(app: App, desk: Desk): void {
  onForm(app, desk, FORMS.start, submitStart)
  for (const choice of Object.values(START_CHOICES)) {
    app.action<BlockAction<StaticSelectAction>>({ action_id: choice }, async ({ body, ack, respond }) => {
      const { view } = body
      if (view === undefined) return ack()
      const request = clickRequest({ body, what: 'choice', ack: () => ack(), respond })
      await attend(desk, request, (log) => chosen(desk, log, request, view))
    })
  }
}

/** Opened at once as “loading”: runbooks and people are read behind it. */
export async function openStart(
  desk: Desk,
  request: Request,
  given: { readonly trigger: string; readonly channel?: string; readonly runbook?: string },
): Promise<Reply> {
  const { trigger, channel, runbook } = given
  const again = button({
    action: ACTIONS.open,
    label: 'Open the form',
    value: { cutover: '', subject: 'start', revision: 0 },
  })
  const loading = modal({
    id: FORMS.start,
    title: 'Start a cutover',
    blocks: [section('Reading the runbooks…')],
  })
  const opened = await openView(desk.client, { trigger, view: loading, again })
  if (!opened.ok) return opened.reply

  const runbooks = await desk.runbooks.list()
  const known = runbook === undefined ? undefined : named(runbooks, runbook)
  const memory: StartMemory = {
    key: randomUUID(),
    ...(channel === undefined ? {} : { channel }),
    ...(known === undefined ? {} : { runbook: known.runbook }),
  }
  await desk.client.views.update({
    view_id: opened.view,
    view: startForm({ runbooks, memory, opener: request.person }),
  })
  if (runbook === undefined || known !== undefined) return done()
  return say(`There is no runbook “${value(runbook, 80)}”; the form lists the ones there are.`)
}

/** People write the key or the title. */
const named = (runbooks: readonly RunbookSummary[], text: string): RunbookSummary | undefined =>
  runbooks.find((one) => one.runbook === text) ??
  runbooks.find((one) => one.title.toLowerCase() === text.toLowerCase())

/** A runbook or environment was chosen: the form is drawn anew for it, with the plan that it would be. */
async function chosen(desk: Desk, log: CutoverLog, request: Request, view: ViewOutput): Promise<Reply> {
  const memory = recall(StartMemory, view.private_metadata)
  if (memory === null) return done()
  const drawn = await drawStart(desk, log, request, view, memory)
  await desk.client.views.update({ view_id: view.id, hash: view.hash, view: drawn }).catch((error: unknown) =>
    // Somebody who chooses twice in a row gets the form of the later choice.
    desk.logger.info({ request: request.reference, reason: String(error) }, 'a form was not drawn again'),
  )
  return done()
}

async function drawStart(
  desk: Desk,
  log: CutoverLog,
  request: Request,
  view: ViewOutput,
  memory: StartMemory,
) {
  const runbooks = await desk.runbooks.list()
  const answers = answersOf(view)
  const { environment: _, previewed: __, ...rest } = memory
  const runbook = answers.get(INPUTS.runbook) ?? memory.runbook
  const summary = chosenOf({ runbooks, memory: { ...rest, ...(runbook === undefined ? {} : { runbook }) } })
  const environment = summary && answers.get(inputOf.environment(summary.runbook))
  const next: StartMemory = {
    ...rest,
    ...(summary === undefined ? {} : { runbook: summary.runbook }),
    ...(environment === undefined ? {} : { environment }),
  }
  const form = { runbooks, memory: next, opener: request.person }
  if (summary === undefined || environment === undefined) return startForm(form)

  const draft = readOpening(summary, environment, answers, await log.now())
  const resolved = await desk.runbooks.resolve(draft.request, { id: 'preview', at: await log.now() })
  // What is not filled in yet is no problem yet.
  if (!resolved.ok) return startForm(form)
  return startForm({ ...form, memory: { ...next, previewed: environment }, preview: resolved.plan })
}

async function submitStart(desk: Desk, log: CutoverLog, request: Request, view: ViewOutput): Promise<Reply> {
  const memory = recall(StartMemory, view.private_metadata)
  const answers = answersOf(view)
  const runbooks = await desk.runbooks.list()
  const summary =
    memory && chosenOf({ runbooks, memory: { ...memory, runbook: answers.get(INPUTS.runbook) } })
  if (memory === null || !summary) return say('That runbook is not there any more. Nothing was opened.')
  const environment = answers.get(inputOf.environment(summary.runbook))
  if (environment === undefined) return errors({ [INPUTS.runbook]: 'Choose the environment as well.' })

  const read = readOpening(summary, environment, answers, await log.now())
  if (Object.keys(read.errors).length > 0) return errors(read.errors)
  const actor: Actor = { kind: 'person', person: request.person, via: 'slack' }
  if (memory.previewed !== environment) {
    return preview(desk, log, actor, { request: read.request, runbooks, memory: { ...memory, environment } })
  }
  const outcome = await openCutover({ log, runbooks: desk.runbooks }, read.request, {
    actor,
    key: `slack/start/${memory.key}`,
  })
  if (!outcome.ok) return refusedOpening(desk, outcome.refusal)
  desk.show(outcome.state.id)
  await announce(desk, request, memory, outcome.state)
  return done()
}

/** The plan is seen before it is opened: the form comes back with it, to be submitted once more. */
async function preview(
  desk: Desk,
  log: CutoverLog,
  actor: Extract<Actor, { kind: 'person' }>,
  given: {
    readonly request: OpeningRequest
    readonly runbooks: readonly RunbookSummary[]
    readonly memory: StartMemory & { readonly environment: string }
  },
): Promise<Reply> {
  const { request, runbooks, memory } = given
  const previewed = await previewOpening({ log, runbooks: desk.runbooks }, request, { actor })
  if (!previewed.ok) return refusedOpening(desk, previewed.refusal)
  const view = startForm({
    runbooks,
    memory: { ...memory, runbook: request.runbook, previewed: memory.environment },
    opener: actor.person,
    preview: previewed.plan,
  })
  return { kind: 'view', view }
}

async function refusedOpening(
  desk: Desk,
  refusal: { readonly code: string; readonly message: string },
): Promise<Reply> {
  const people = await desk.directory.people().catch(() => [])
  return errors({ [INPUTS.runbook]: `${plainRefusal(refusal, people)} Nothing was opened.` })
}

/** The form closes, so where it was asked for says what was opened; where the app may not speak, a direct message does. */
async function announce(
  desk: Desk,
  { person, reference }: Request,
  memory: StartMemory,
  state: CutoverState,
) {
  const { plan } = state
  const text =
    `Opened: *${value(plan.title)}* · ${value(plan.environment)} · *${kindOfCutover(state)}*, planned for ` +
    `${moment(state.plannedStart)}. Its channel is \`#${value(state.channelName)}\`; everybody who holds a role is invited.`
  const { channel } = memory
  const here =
    channel === undefined
      ? Promise.reject(new Error('no channel'))
      : desk.client.chat.postEphemeral({ channel, user: person, text })
  await here
    .catch(() => desk.client.chat.postMessage({ channel: person, text }))
    .catch((error: unknown) =>
      desk.logger.warn(
        { request: reference, reason: String(error) },
        'an opening was not announced to its opener',
      ),
    )
}
