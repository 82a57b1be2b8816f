import { setTimeout as sleep } from 'node:timers/promises'
import type { Means } from './slack-means.ts'
import type { Eyes, ShownForm, ShownInput } from './slack-shown.ts'

const FORM_WITHIN_MS = 5000
/** A form that is refused is sent again with other answers, so often. */
const SENDINGS_MAX = 8

interface Filling {
  readonly means: Means
  readonly eyes: Eyes
  readonly who: string
  /** Title of the way back to take. */
  readonly wayBack?: RegExp | undefined
  /** Who may be named where a form asks for people; each of its fields begins with the next one. */
  readonly people?: readonly string[]
  /** Answers by label, before all others. */
  readonly answers?: readonly (readonly [RegExp, string])[]
}

/** Fills in the form that has just opened for this person, and sends it. Gives why it could not be sent. */
export async function fillIn(filling: Filling): Promise<readonly string[]> {
  const { means, who } = filling
  let form = await openForm(filling)
  if (form === undefined) return []
  const tries = new Map<string, number>()
  let why: readonly string[] = []
  for (let sending = 0; sending < SENDINGS_MAX; sending += 1) {
    const values = Object.fromEntries(
      form.inputs.flatMap((one, index) => {
        const value = answerTo(one, filling, { tried: tries.get(one.block) ?? 0, index })
        return value === undefined ? [] : [[one.block, value]]
      }),
    )
    const sent = await means.send(who, form, values)
    if (sent.ok && !sent.again) return []
    if (sent.ok) {
      form = (await openForm(filling)) ?? form
      continue
    }
    why = sent.why
    // The app did not answer in time: whoever pressed presses again.
    if (why.some((one) => one.includes('Try again?'))) continue
    for (const block of Object.keys(sent.errors)) tries.set(block, (tries.get(block) ?? 0) + 1)
    if (Object.keys(sent.errors).length === 0) break
  }
  await means.close(who, form)
  return [`the form “${form.title}” could not be sent: ${why.join('; ')}`]
}

/** It may say “loading” first; undefined when the button was refused, or wanted no form after all. */
async function openForm({ eyes, who }: Filling): Promise<ShownForm | undefined> {
  const deadline = performance.now() + FORM_WITHIN_MS
  for (;;) {
    const form = await eyes.form(who)
    if (form === undefined || form.canBeSent || performance.now() > deadline) return form
    await sleep(20)
  }
}

/** What is written where the form does not say more, until something is taken. */
const TYPED = [
  'All is well',
  '1',
  '0',
  '100',
  '00:00',
  'https://example.org/',
  'REHEARSAL-1',
  'ops@example.org',
]

function answerTo(
  input: ShownInput,
  { who, wayBack, people = [who], answers = [] }: Filling,
  { tried, index }: { readonly tried: number; readonly index: number },
): string | undefined {
  const { type, label, hint, options, isOptional, isFilled } = input
  const given = answers.find(([says]) => says.test(label))
  if (given !== undefined) return given[1]
  const named = /Type “(.+?)”/.exec(label)?.[1]
  if (named !== undefined) return named
  switch (type) {
    case 'radio_buttons':
      return (options.find((one) => wayBack?.test(one.label) === true) ?? options[0])?.value
    case 'static_select':
      return isOptional || isFilled ? undefined : options[0]?.value
    case 'users_select':
      return isOptional || (isFilled && people.length === 1)
        ? undefined
        : people[(index + tried) % people.length]
    default:
      return (isOptional || isFilled) && tried === 0 ? undefined : typed(hint, tried)
  }
}

function typed(hint: string, tried: number): string | undefined {
  const pattern = /of the form (.+)$/.exec(hint)?.[1]
  const wants = [
    [/whole number|^A number/, /^\d+$/],
    [/^A time/, /^\d\d:\d\d$/],
    [/^An address/, /^https:/],
  ] as const
  const shape = wants.find(([says]) => says.test(hint))?.[1]
  const fitting = TYPED.filter(
    (one) =>
      (shape === undefined || shape.test(one)) &&
      (pattern === undefined || new RegExp(`^(?:${pattern})$`, 'u').test(one)),
  )
  return (fitting.length > 0 ? fitting : TYPED)[tried % Math.max(1, fitting.length)]
}
