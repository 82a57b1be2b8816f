import { forgetEnvironment, harmless } from '../local/environment.ts'
import { endEverything, makeEndings } from '../local/endings.ts'
import { makeTemporaryFolder, removeFolder } from '../local/folder.ts'
import { listenForInterruption, type Interruption } from '../local/interruption.ts'
import { makeNarrator, type Narrator } from '../local/narrator.ts'
import { EmbeddedPostgresError } from '../../postgres/embedded.ts'
import type { Story } from './people/script.ts'
import { TEAM } from './people/team.ts'
import { RUNBOOK } from './place.ts'
import { setStage, type Stage } from './stage.ts'
import { tellStory } from './tell-story.ts'

export interface DemoOptions {
  /** `manual`: nobody plays, the visitor presses everything. */
  readonly story: Story | 'manual'
  readonly report: string | undefined
  readonly rows: number
  readonly seed: number
  /** Leave the folder where it is at the end. */
  readonly keep: boolean
}

const INTERRUPTED = 130

/** Carries a whole cutover out on this machine, and takes everything away again. Gives the exit code. */
export async function runDemo(
  options: DemoOptions,
  environment: Readonly<Record<string, string | undefined>>,
  out: { write(text: string): unknown; readonly isTTY?: boolean },
): Promise<number> {
  const redisUrl = environment['CUTOVER_REDIS_URL']
  const harmlessEnvironment = harmless(environment)
  forgetEnvironment()
  const narrator = makeNarrator(out)
  const endings = makeEndings()
  const folder = await makeTemporaryFolder('cutover-demo')
  const interruption = listenForInterruption(() => {
    endings.killAll()
    removeFolder(folder)
    process.exit(INTERRUPTED)
  })
  let isKept = options.keep
  let starting: Promise<unknown> = Promise.resolve()
  const ending = { code: INTERRUPTED }
  try {
    narrator.plain('Cutover demo: Ward OPS moves from SQLite to PostgreSQL, a rehearsal on this machine\n')
    const stage = setStage({
      folder,
      endings,
      narrator,
      environment: harmlessEnvironment,
      redisUrl,
      rows: options.rows,
      seed: options.seed,
    })
    starting = stage
    const isTty = out.isTTY === true
    const carried = stage.then((set) => carryOn(options, set, { narrator, interruption, ending, isTty }))
    await Promise.race([carried, interruption.asked])
    return ending.code
  } catch (error) {
    if (interruption.isAsked()) return INTERRUPTED
    isKept = true
    narrator.say('demo', `✗ ${textOf(error)}`)
    return 1
  } finally {
    if (interruption.isAsked())
      narrator.say(
        'demo',
        ending.code === 0 ? 'ends' : 'ends: cancels what runs, then stops everything (Ctrl-C again: at once)',
      )
    await endEverything(endings, starting)
    interruption.forget()
    if (isKept) narrator.plain(`\nEverything was ended; its files are kept in ${folder.path}`)
    else removeFolder(folder)
  }
}

function textOf(error: unknown): string {
  if (error instanceof EmbeddedPostgresError) return `${error.message} ${error.hint}`
  return error instanceof Error ? error.message : String(error)
}

/** Plays the story, or leaves it to the visitor. `ending.code` is what the demo ends with from then on. */
async function carryOn(
  { story, report }: DemoOptions,
  stage: Stage,
  until: {
    readonly narrator: Narrator
    readonly interruption: Interruption
    readonly ending: { code: number }
    readonly isTty: boolean
  },
): Promise<void> {
  const { narrator, interruption, ending, isTty } = until
  if (story === 'manual') narrator.plain(manualText(stage))
  else await tellStory({ stage, story, report, narrator })
  ending.code = 0
  if (story !== 'manual' && !isTty) return
  if (story !== 'manual') narrator.plain(`\nThe page stays open at ${stage.workspace.url} until Ctrl-C.`)
  await interruption.asked
}

function manualText({ workspace, installation }: Stage): string {
  const { lead, observer, communicator } = TEAM
  return [
    '',
    `Open ${workspace.url} and choose at the top whom to act as: ${lead} is to be the migration lead,`,
    `${observer} the observer, ${communicator} the communicator. Everything else is in the messages. Begin as ${lead}, in #ops, with`,
    '',
    `  /cutover start ${RUNBOOK}`,
    '',
    'and choose the environment demo; a good T-0 is +60m. What happens is told here.',
    `The command line finds this installation by CUTOVER_URL=${installation.url}. Ctrl-C ends everything.`,
    '',
  ].join('\n')
}
