import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CutoverLog, CutoverSummary } from '../../app/ports.ts'
import { isOver } from '../../domain/lookup.ts'
import { makeEventLog } from '../../postgres/event-log.ts'
import { ACTIONS } from '../../bot/ids.ts'
import { durationText } from '../../templates/format.ts'
import type { Narrator } from '../local/narrator.ts'
import { makeRecords } from '../serve/records.ts'
import { damageCopy } from './damage.ts'
import { makeHands } from './hands.ts'
import type { ShownMessage } from './people/control.ts'
import { openCutover } from './people/open.ts'
import { play } from './people/play.ts'
import type { Act, Story } from './people/script.ts'
import { TEAM } from './people/team.ts'
import { RUNBOOK } from './place.ts'
import { writeReport } from './report.ts'
import { keepCopy, sayWhetherSame } from './same-as-before.ts'
import type { Stage } from './stage.ts'

const TIMELINE_WITHIN_MS = 15_000
const OUTCOMES = {
  happy: 'Ward OPS runs on PostgreSQL',
  'no-go': 'Postponed: nothing was changed',
  rollback: 'Rolled back: Ward OPS runs on SQLite as before',
} as const satisfies Record<Story, string>
/** Its last line. */
const TIMELINE = /^runbook .* · \d+ events/m

/** From `/cutover start` to the timeline, played by three people; then the report. Throws when it does not end well. */
export async function tellStory(telling: {
  readonly stage: Stage
  readonly story: Story
  readonly report: string | undefined
  readonly narrator: Narrator
}): Promise<void> {
  const { stage, story, report, narrator } = telling
  const { control } = stage
  const beforeTheCopy = join(stage.folder.path, 'before.db')
  const stopped = new AbortController()
  const began = performance.now()
  try {
    const channel = await openCutover(control, RUNBOOK, narrator)
    await play({
      control,
      story,
      narrator,
      channel: channel.name,
      workFor: workers({ stage, story, narrator, beforeTheCopy, stopped: stopped.signal }),
      isOver: (messages) => saysOver(messages),
    })
    if (story === 'rollback')
      narrator.say('demo', `✓ ${await sayWhetherSame(beforeTheCopy, stage.place.sqlite)}`)
    await seeTimeline(stage, story, channel.name, narrator)
    await mailIsOut(stage, channel.name)
    await stage.installation.tell()
    narrator.plain(`\n${OUTCOMES[story]}, ${durationText(performance.now() - began)} after the first click.`)
    if (report === undefined)
      narrator.plain('`--report DIR` leaves timeline, events, notices and the channel in a folder.')
    else await writeDown({ ...telling, report, channel: channel.name })
  } finally {
    stopped.abort()
  }
}

/** Where the channel says that nothing more comes. */
function saysOver(messages: readonly ShownMessage[]): boolean {
  return messages.some(({ text }) => /^\*?(Closed|Postponed)\b/.test(text))
}

/** The bot posts it when a cutover is over; one that is postponed may go on, so somebody asks for it. */
async function seeTimeline(
  { control }: Stage,
  story: Story,
  channel: string,
  narrator: Narrator,
): Promise<void> {
  const who = TEAM.communicator
  if (story === 'no-go') {
    narrator.say(who, 'types  /cutover timeline')
    await control.command(who, channel, '/cutover timeline')
  }
  const deadline = performance.now() + TIMELINE_WITHIN_MS
  for (;;) {
    const shown = story === 'no-go' ? await control.whispers(who) : await control.messages(channel)
    if (shown.some(({ text }) => TIMELINE.test(text))) return
    if (performance.now() > deadline) throw new Error('The timeline did not appear in the channel.')
    await sleep(200)
  }
}

/** What somebody does away from Slack before a button is pressed, by what the message asks for. */
function workers(given: {
  readonly stage: Stage
  readonly story: Story
  readonly narrator: Narrator
  readonly beforeTheCopy: string
  readonly stopped: AbortSignal
}): (act: Act) => Promise<string | undefined> {
  const { stage, story, narrator, beforeTheCopy, stopped } = given
  const { sqlite, health } = stage.place
  const hands = makeHands({ sqlite, health, postgres: stage.target.url })
  return async ({ message, button }) => {
    const asks = (words: string) => message.text.includes(words)
    if (asks('orphaned SNMP credentials')) return hands.cleanOrphans()
    if (asks('the counts in the user interface') || asks('Look at dashboard')) return hands.lookAtDashboard()
    if (asks('PostgreSQL data is kept')) return hands.lookAtSetAside()
    if (asks('Freeze schema changes')) return hands.lookAtDashboard()
    if (story === 'rollback' && button.action === ACTIONS.run && asks('Copy the data')) {
      await keepCopy(sqlite, beforeTheCopy)
      void damage(stage, narrator, stopped)
    }
    return undefined
  }
}

async function damage({ target }: Stage, narrator: Narrator, stopped: AbortSignal): Promise<void> {
  const rows = await damageCopy(target.url, stopped)
  if (rows !== undefined)
    narrator.say(
      'crontab',
      `an old job, forgotten by all, writes to PostgreSQL: ${rows} rows of the copy are not what they were`,
    )
}

async function writeDown(telling: {
  readonly stage: Stage
  readonly report: string
  readonly channel: string
  readonly narrator: Narrator
}): Promise<void> {
  const { stage, report, channel, narrator } = telling
  const { control, mails, installation } = stage
  const log = makeEventLog(installation.log)
  const names = new Map((await control.people()).map(({ id, name }) => [id, name]))
  const { id: cutover } = await cutoverOf(log, channel)
  const records = makeRecords({ pool: installation.log, names: () => names })
  const written = await writeReport(report, { records, cutover, control, channel, mails: mails.messages() })
  narrator.plain(`Report: ${report} (${written.join(', ')})`)
}

/** How it ended is mailed once a cutover is over, a moment after its timeline is posted. */
async function mailIsOut({ installation }: Stage, channel: string): Promise<void> {
  const log = makeEventLog(installation.log)
  const { id, status } = await cutoverOf(log, channel)
  if (!isOver(status)) return
  const deadline = performance.now() + TIMELINE_WITHIN_MS
  while (!(await log.events(id)).some(({ type }) => type === 'timeline mailed')) {
    if (performance.now() > deadline) throw new Error('How it ended was not mailed.')
    await sleep(200)
  }
}

async function cutoverOf(log: CutoverLog, channel: string): Promise<CutoverSummary> {
  const found = (await log.list()).find(({ channelName }) => channelName === channel)
  if (found === undefined) throw new Error(`No cutover belongs to #${channel}.`)
  return found
}
