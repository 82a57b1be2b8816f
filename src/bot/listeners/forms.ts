import type { App, ViewOutput, ViewSubmitAction } from '@slack/bolt'
import type { CutoverLog } from '../../app/ports.ts'
import type { Refused } from '../../app/handle-command.ts'
import { parseTime, TIME_FORMS } from '../../app/parse-time.ts'
import { mayStep } from '../../domain/may.ts'
import type { Instant } from '../../domain/plan.ts'
import { FORMS, isAction } from '../ids.ts'
import { ActMemory, INPUTS, inputOf, recall } from '../views/forms.ts'
import { attend, type Request } from './attend.ts'
import { act, type Desk } from './desk.ts'
import { answersOf, answersUnder, errorBeside, type FormAnswers } from './form-answers.ts'
import { commandOf, type Words } from './person-command.ts'
import { done, errors, say, type Reply } from './reply.ts'
import { formRequest } from './surfaces.ts'
import { plainRefusal, refusalText, saidByClick } from './wording.ts'

type Submitted = (desk: Desk, log: CutoverLog, request: Request, view: ViewOutput) => Promise<Reply>

/** Answers a form; what is wrong with it stays in it. */
export function onForm(app: App, desk: Desk, form: string, submitted: Submitted): void {
  app.view<ViewSubmitAction>({ callback_id: form, type: 'view_submission' }, async ({ body, ack }) => {
    const request = formRequest({ body, ack, client: desk.client })
    await attend(desk, request, (log) => submitted(desk, log, request, body.view))
  })
}

/** The forms that ask for the words of one action. */
export function registerForms(app: App, desk: Desk): void {
  onForm(app, desk, FORMS.act, submitAct)
  onForm(app, desk, FORMS.rollback, submitAct)
  onForm(app, desk, FORMS.items, submitItems)
}

const OLD_FORM = say(
  'This form is from another version of Cutover. Nothing was recorded; close it and press again.',
)

async function submitAct(desk: Desk, log: CutoverLog, request: Request, view: ViewOutput): Promise<Reply> {
  const memory = recall(ActMemory, view.private_metadata)
  if (memory === null) return OLD_FORM
  const { action, ...button } = memory
  if (!isAction(action)) return OLD_FORM
  const words = await wordsOf(log, button.cutover, answersOf(view))
  if ('wrongTime' in words) return errors({ [INPUTS.time]: words.wrongTime })
  const command = commandOf(action, button, words)
  if (command === null) return OLD_FORM
  const outcome = await act(desk, log, request, {
    cutover: button.cutover,
    command,
    revision: button.revision,
    about: button.subject,
    key: `form/${view.id}`,
  })
  return outcome.ok ? done(saidByClick(outcome)) : refusedIn(desk, view, outcome.refusal)
}

/** Beside the input that it is about; a form without inputs is replaced by it. */
export async function refusedIn(desk: Desk, view: ViewOutput, refusal: Refused): Promise<Reply> {
  const people = await desk.directory.people().catch(() => [])
  const beside = errorBeside(view, { ...refusal, message: plainRefusal(refusal, people) })
  return beside === null ? say(refusalText(refusal)) : errors(beside)
}

async function wordsOf(
  log: CutoverLog,
  cutover: string,
  answers: FormAnswers,
): Promise<Words | { readonly wrongTime: string }> {
  const typed = answers.get(INPUTS.time)
  const time = typed === undefined ? undefined : await timeOf(log, cutover, typed)
  if (time === null) return { wrongTime: `“${typed}” is no time. Write ${TIME_FORMS.replaceAll('`', '')}.` }
  const running = answers.get(INPUTS.running)
  return {
    ...textOf(answers, 'reason', 'note', 'name', 'role', 'person', 'backup', 'trigger', 'option', 'part'),
    ...textOf(answers, 'severity', 'kind', 'owner', 'ticket', 'count', 'wentWell', 'improve', 'actions'),
    ...(time === undefined ? {} : { time }),
    ...(running === 'wait' || running === 'cancel' ? { running } : {}),
    fields: answersUnder(answers, inputOf.field),
    left: Object.entries(answersUnder(answers, inputOf.leftOwner)).map(([state, owner]) => ({
      state,
      owner,
      reason: answers.get(inputOf.leftReason(state)) ?? '',
    })),
  }
}

function textOf<Key extends keyof typeof INPUTS>(answers: FormAnswers, ...keys: readonly Key[]) {
  const found = keys.flatMap((key) => {
    const answer = answers.get(INPUTS[key])
    return answer === undefined ? [] : [[key, answer]]
  })
  return Object.fromEntries(found) as { readonly [K in Key]?: string }
}

async function timeOf(log: CutoverLog, cutover: string, text: string): Promise<Instant | null> {
  const loaded = await log.load(cutover)
  return loaded && parseTime(text, loaded.state.plan.window.zone, loaded.now)
}

/** Each answered item is a tick of its own; a step with fields is ticked after the last one. */
async function submitItems(desk: Desk, log: CutoverLog, request: Request, view: ViewOutput): Promise<Reply> {
  const memory = recall(ActMemory, view.private_metadata)
  if (memory === null) return OLD_FORM
  const { cutover, subject: step } = memory
  const answers = answersOf(view)
  const given = Object.entries(answersUnder(answers, inputOf.item))
  const note = answers.get(INPUTS.note)
  const words = note === undefined ? {} : { note }
  // Said before the first one is recorded: half a form is harder to read than a whole one.
  if (note === undefined && given.some(([, result]) => result !== 'done')) {
    return errors({ [INPUTS.note]: 'Say why, for what failed or does not apply. Nothing was recorded.' })
  }
  for (const [item, result] of given) {
    if (result !== 'done' && result !== 'failed' && result !== 'na') return OLD_FORM
    const outcome = await act(desk, log, request, {
      cutover,
      command: { type: 'tick', step, item, result, fields: {}, ...(result === 'done' ? {} : words) },
      about: step,
      key: `form/${view.id}/${item}/${result}`,
    })
    if (!outcome.ok) return refusedIn(desk, view, outcome.refusal)
  }
  return finishItems(desk, log, request, { view, cutover, step, answers })
}

async function finishItems(
  desk: Desk,
  log: CutoverLog,
  request: Request,
  given: {
    readonly view: ViewOutput
    readonly cutover: string
    readonly step: string
    readonly answers: FormAnswers
  },
): Promise<Reply> {
  const { view, cutover, step, answers } = given
  const loaded = await log.load(cutover)
  const definition = loaded?.state.plan.steps[step]
  const own = loaded?.state.steps[step]
  if (definition?.kind !== 'do' || own === undefined) return OLD_FORM
  // Without fields the last item has ticked it already.
  const isReady = definition.items.every((item) =>
    ['done', 'na'].includes(own.items[item.id]?.result ?? 'open'),
  )
  // Whoever had only an item of it leaves the step to its owner.
  const mayTick = loaded !== null && mayStep(loaded.state, 'tick', step, request.person) === null
  if (definition.fields.length === 0 || !isReady || !mayTick) return done()
  const note = answers.get(INPUTS.note)
  const outcome = await act(desk, log, request, {
    cutover,
    command: {
      type: 'tick',
      step,
      result: 'done',
      fields: answersUnder(answers, inputOf.field),
      ...(note === undefined ? {} : { note }),
    },
    about: step,
    key: `form/${view.id}/step`,
  })
  return outcome.ok ? done(saidByClick(outcome)) : refusedIn(desk, view, outcome.refusal)
}
