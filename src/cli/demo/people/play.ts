import { setTimeout as sleep } from 'node:timers/promises'
import type { Narrator } from '../../local/narrator.ts'
import {
  Refused,
  type ClickedIn,
  type Control,
  type ShownButton,
  type ShownMessage,
  type ShownView,
} from './control.ts'
import { answersTo } from './forms.ts'
import { nextAct, type Act, type Story } from './script.ts'
import { OPERATORS } from './team.ts'

/** Long enough for somebody who watches to see what is going to be pressed. */
const THINKING_MS = 500
const LOOK_EVERY_MS = 200
/** A bot that has much to do, or that refused the click, may open none: then the message is looked at again. */
const FORM_WITHIN_MS = 15_000
/** A button that is still there after this was pressed in vain, and is pressed again. */
const PRESS_AGAIN_MS = 5000
const PRESSES_MAX = 4
/** Nothing to do and nothing new for so long: something stopped that this script knows no answer to. */
const STALLED_MS = 120_000

export interface Playing {
  readonly control: Control
  readonly channel: string
  readonly story: Story
  readonly narrator: Narrator
  /** What somebody has to do before pressing, by what the message says; gives a line to tell, or nothing. */
  readonly workFor: (act: Act) => Promise<string | undefined>
  readonly isOver: (messages: readonly ShownMessage[]) => boolean
}

/** Plays three people until the channel says that it is over. Throws when it gets nowhere. */
export async function play(playing: Playing): Promise<void> {
  const { control, channel, story } = playing
  const nameOf = new Map((await control.people()).map(({ id, name }) => [id, name]))
  const pressed = makePressed()
  const whispers = await hearWhispers(playing)
  let seen = ''
  let newAt = performance.now()
  for (;;) {
    const messages = await control.messages(channel)
    if (playing.isOver(messages)) return
    const act = nextAct(messages, { story, nameOf })
    if (act !== undefined && pressed.mayPress(act)) {
      await sleep(THINKING_MS)
      await carryOut(playing, act)
      await whispers()
      continue
    }
    const now = JSON.stringify(messages)
    if (now !== seen) newAt = performance.now()
    seen = now
    if (performance.now() - newAt > STALLED_MS)
      throw new Error(`Nobody knows how to go on. ${lastAsking(messages)}`)
    await sleep(LOOK_EVERY_MS)
  }
}

async function carryOut(playing: Playing, act: Act): Promise<void> {
  const done = await playing.workFor(act)
  if (done !== undefined) playing.narrator.say(act.who, done)
  try {
    const { channel, control } = playing
    await press(control, act.who, { where: { channel, ts: act.message.ts }, button: act.button }, act.reason)
  } catch (error) {
    // Something happened between looking and pressing; the next look shows what.
    if (!(error instanceof Refused || error instanceof NoForm)) throw error
  }
}

/** Nothing was opened for whoever acted. */
export class NoForm extends Error {}

/** Presses a button, and fills in the form behind it when its label promises one. */
async function press(
  control: Control,
  who: string,
  { where, button }: { readonly where: ClickedIn; readonly button: ShownButton },
  reason: string,
): Promise<void> {
  await control.click(who, where, button)
  if (!button.label.endsWith('…')) return
  const view = await formOf(control, who)
  const submitted = await control.submit(who, view, answersTo(view, reason))
  if (!submitted.ok) throw new Error(`${who} could not send the form “${button.label}”: ${submitted.why}`)
}

/** The form that was opened; it may say “loading” first. */
export async function formOf(control: Control, who: string): Promise<ShownView> {
  const deadline = performance.now() + FORM_WITHIN_MS
  for (;;) {
    const view = (await control.views(who)).at(-1)
    if (view?.isForm === true) return view
    if (performance.now() > deadline) throw new NoForm(`No form opened for ${who}.`)
    await sleep(50)
  }
}

function makePressed() {
  const presses = new Map<string, { count: number; at: number }>()
  return {
    mayPress({ who, message, button }: Act): boolean {
      const key = [who, message.ts, button.action, button.value ?? ''].join(' ')
      const { count, at } = presses.get(key) ?? { count: 0, at: -Infinity }
      if (count >= PRESSES_MAX || performance.now() - at < PRESS_AGAIN_MS) return false
      presses.set(key, { count: count + 1, at: performance.now() })
      return true
    },
  }
}

/** Tells what the bot says to one person only: refusals, most of the time. */
async function hearWhispers({ control, narrator }: Playing): Promise<() => Promise<void>> {
  const heard = new Set<string>()
  const listen = async (tell: boolean) => {
    for (const person of OPERATORS) {
      for (const { ts, text } of await control.whispers(person)) {
        if (tell && !heard.has(ts)) narrator.say('cutover', `to ${person} only: ${text}`)
        heard.add(ts)
      }
    }
  }
  await listen(false)
  return () => listen(true)
}

function lastAsking(messages: readonly ShownMessage[]): string {
  const last = messages.findLast(({ buttons, raw }) => buttons.length > 0 && raw.startsWith('<@'))
  return last === undefined ? 'The channel asks for nobody.' : `The channel asks:\n${last.text}`
}
