import { setTimeout as sleep } from 'node:timers/promises'
import type { Office } from './product.ts'
import { fillIn } from './slack-form.ts'
import { byControl, type Means } from './slack-means.ts'
import { eyesIn, type Eyes, type ShownButton, type ShownMessage } from './slack-shown.ts'

/** How a team carries a cutover out, whatever its runbook. */
export interface TeamOptions {
  readonly channel: string
  /** Names of all who are there. Whoever is mentioned answers first; the others try where that was refused. */
  readonly people: readonly string[]
  /** What is done about what failed; `try again` does so a few times. */
  readonly onFault?: 'try again' | 'roll back'
  /** Title of the way back that is taken, where there are several. */
  readonly wayBack?: RegExp
  /** What they press and type with; the control API unless said. */
  readonly means?: Means
  /** Nothing new and nothing to press for so long: it is stuck. */
  readonly patienceMs?: number
}

/** Who pressed what, in which message; for expectations and for the account of a team that got stuck. */
export interface Press {
  readonly who: string
  readonly label: string
  readonly on: string
  /** What only this person was told about it: a refusal, most of the time. */
  readonly told: readonly string[]
}

export interface Ending {
  /** `CLOSED` or `ABANDONED`, as the board says. */
  readonly outcome: string
  readonly presses: readonly Press[]
}

const OVER = /^.*\n?\W*(CLOSED|ABANDONED)\b/
/** Besides being woken by each change. */
const LOOK_EVERY_MS = 1000
/** Changes come in bursts. */
const LOOK_AFTER_MS = 60
const PATIENCE_MS = 45_000
/** Pressed, and nothing has changed: pressed again after this, and not more often than {@link PRESSES_MAX} by one person. */
const PRESS_AGAIN_MS = 1500
const PRESSES_MAX = 3

/**
 * Carries a cutover out by what its channel shows and nothing else: the primary button of each message that mentions
 * somebody, the forms behind them, every item and field. Ends when the board says that it is over; fails with an
 * account of what was asked last and what nobody could press.
 */
export async function carryOutInSlack(office: Office, options: TeamOptions): Promise<Ending> {
  const { people, patienceMs = PATIENCE_MS } = options
  const eyes = eyesIn(office)
  const nameOf = await namesIn(office)
  const means = options.means ?? byControl(office)
  const team: Team = { office, eyes, means, options, nameOf, presses: [], tried: new Map() }
  const changes = watchWorkspace(office, people[0] ?? '')
  try {
    return await playUntilOver(team, changes.next, patienceMs)
  } finally {
    changes.stop()
  }
}

async function playUntilOver(team: Team, change: () => Promise<void>, patienceMs: number): Promise<Ending> {
  const { eyes, options } = team
  let seen = ''
  let newAt = performance.now()
  for (;;) {
    const messages = await eyes.messages(options.channel)
    const outcome = overIn(messages)
    if (outcome !== undefined) return { outcome, presses: team.presses }
    const wanted = nextPresses(team, messages)
    // A person has one form open at a time; different people act at the same time.
    await Promise.all(
      options.people.map(async (who) => {
        for (const one of wanted.filter((press) => press.who === who)) await press(team, one)
      }),
    )
    const now = messages.map(({ raw }) => raw).join('\n')
    if (now !== seen || wanted.length > 0) newAt = performance.now()
    seen = now
    if (performance.now() - newAt > patienceMs) throw new Error(account(team, messages))
    if (wanted.length === 0) await change()
  }
}

/** Tells when something has changed in the workspace, as its page is told. */
function watchWorkspace({ workspace }: Office, who: string) {
  const stopping = new AbortController()
  let isNew = true
  let wake: () => void = () => undefined
  const listen = async (): Promise<void> => {
    const stream = await fetch(`${workspace.url}/page/events?user=${who}`, { signal: stopping.signal })
    for await (const _ of stream.body ?? []) {
      isNew = true
      wake()
    }
  }
  void listen().catch(() => undefined)
  return {
    stop: () => stopping.abort(),
    async next(): Promise<void> {
      if (!isNew) {
        const woken = new Promise<void>((resolve) => (wake = resolve))
        await Promise.race([woken, sleep(LOOK_EVERY_MS)])
      }
      await sleep(LOOK_AFTER_MS)
      isNew = false
    },
  }
}

interface Team {
  readonly office: Office
  readonly eyes: Eyes
  readonly means: Means
  readonly options: TeamOptions
  readonly nameOf: ReadonlyMap<string, string>
  readonly presses: Press[]
  readonly tried: Map<string, Tried>
}

/** What became of one button so far. */
interface Tried {
  readonly by: Map<string, number>
  at: number
  refused: boolean
}

interface Wanted {
  readonly who: string
  readonly message: ShownMessage
  readonly button: ShownButton
}

async function namesIn({ control }: Office): Promise<ReadonlyMap<string, string>> {
  const { users } = (await control('/control/users')) as { users: { id: string; name: string }[] }
  return new Map(users.map(({ id, name }) => [id, name]))
}

const boardOf = (messages: readonly ShownMessage[]): ShownMessage | undefined =>
  messages.find(({ isPinned }) => isPinned)

const overIn = (messages: readonly ShownMessage[]): string | undefined =>
  OVER.exec(boardOf(messages)?.plain.split('\n').slice(0, 2).join('\n') ?? '')?.[1]

/** One button for each message that asks somebody, and who presses it. */
function nextPresses(team: Team, messages: readonly ShownMessage[]): readonly Wanted[] {
  return messages
    .filter(({ asks, isPinned }) => asks.length > 0 && !isPinned)
    .flatMap((message): Wanted[] => {
      const button = buttonFor(team.options, message)
      const who = button && whoPresses(team, message, button)
      return button === undefined || who === undefined ? [] : [{ who, message, button }]
    })
}

const STOPPED = /— (FAILED|RED|UNKNOWN|CANCELLED|WAS NOT STARTED)|^Checkpoint .*FAIL/m
const TURNS_BACK = /^(Roll back…|Another way back…)$/
/** At the right of a line of a gate: what that line waits for. */
const BESIDE = /^(Confirm|I am here|I am available|Done…|Look again)$/

function buttonFor({ onFault }: TeamOptions, { plain, buttons }: ShownMessage): ShownButton | undefined {
  const find = (label: RegExp): ShownButton | undefined => buttons.find((one) => label.test(one.label))
  const isFault = STOPPED.test(plain) && onFault === 'roll back'
  const back = isFault || plain.includes('ROLL BACK?') ? find(TURNS_BACK) : undefined
  const beside = buttons.find(({ beside: line, label }) => line !== undefined && BESIDE.test(label))
  const primary = buttons.find(({ isPrimary }) => isPrimary)
  // The others of its lines are still open, and GO would be refused.
  const tooEarly = primary?.label === 'GO' && /^(✗ NOT MET|· open)/m.test(plain)
  return (
    back ??
    beside ??
    (tooEarly ? undefined : primary) ??
    find(/^Take this$/) ??
    find(/^(Retry…|Look again|Try again…)$/) ??
    find(/^(Done…|Close…)$/)
  )
}

/** Whoever is named beside the button, then who is mentioned, then all others; each once before anybody twice. */
function whoPresses(team: Team, message: ShownMessage, button: ShownButton): string | undefined {
  const { people } = team.options
  const mentions = [...(button.beside ?? '').matchAll(/<@(\w+)>/g)].map(([, id = '']) => id)
  const named = [...mentions, ...message.asks].map((id) => team.nameOf.get(id) ?? '')
  const order = [...new Set([...named, ...people])].filter(
    (name) => people.includes(name) && !(button.label === 'GO' && hasVoted(team, message, name)),
  )
  const tried = team.tried.get(keyOf(message, button))
  if (tried === undefined) return order[0]
  if (!tried.refused && performance.now() - tried.at < PRESS_AGAIN_MS) return undefined
  const often = (name: string): number => tried.by.get(name) ?? 0
  const next = order.toSorted((one, other) => often(one) - often(other))[0]
  return next === undefined || often(next) >= PRESSES_MAX ? undefined : next
}

/** Trying again is the same button, however often it is drawn anew. */
const keyOf = ({ ts }: ShownMessage, { label, where }: ShownButton): string =>
  `${ts} ${label} ${/^(Retry|Try again|Look again)/.test(label) ? '' : String(where['value'])}`

function hasVoted({ nameOf }: Team, { raw }: ShownMessage, who: string): boolean {
  const [id = ''] = [...nameOf].find(([, name]) => name === who) ?? []
  return raw.includes(`<@${id}> as `)
}

/** Presses, and fills in the form that its label promises. */
async function press(team: Team, { who, message, button }: Wanted): Promise<void> {
  const { eyes, means, options } = team
  const tried = team.tried.get(keyOf(message, button)) ?? { by: new Map(), at: 0, refused: false }
  team.tried.set(keyOf(message, button), tried)
  tried.by.set(who, (tried.by.get(who) ?? 0) + 1)
  const before = (await eyes.whispers(who)).length
  // Something happened between looking and pressing; the next look shows what.
  if (!(await means.press(who, options.channel, message, button))) return
  const { wayBack } = options
  const why = button.label.endsWith('…') ? await fillIn({ means, eyes, who, wayBack }) : []
  const told = [...why, ...(await eyes.whispers(who)).slice(before)]
  tried.refused = told.length > 0
  tried.at = performance.now()
  team.presses.push({ who, label: button.label, on: message.plain.split('\n')[0] ?? '', told })
}

const MESSAGES_MAX = 4
const PRESSES_TOLD = 12

function account(team: Team, messages: readonly ShownMessage[]): string {
  const asking = messages.filter(
    ({ asks, buttons, isPinned }) => asks.length > 0 && buttons.length > 0 && !isPinned,
  )
  const shown = (message: ShownMessage): string =>
    `${message.plain}\n   buttons: ${message.buttons.map(({ label }) => `[${label}]`).join(' ')}`
  return [
    `Nobody in #${team.options.channel} knows how to go on.`,
    '— The board:',
    boardOf(messages)?.plain ?? 'there is none',
    asking.length === 0 ? '— The channel asks for nobody. Its last messages:' : '— It asks last:',
    ...(asking.length === 0 ? messages : asking).slice(-MESSAGES_MAX).map(shown),
    '— Pressed last:',
    ...team.presses
      .slice(-PRESSES_TOLD)
      .map(
        ({ who, label, on, told }) =>
          `${who} [${label}] ${on}${told.map((line) => `\n   was told: ${line}`).join('')}`,
      ),
  ].join('\n')
}
