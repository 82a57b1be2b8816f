import type { CutoverState, Outage } from '../domain/state.ts'
import { LogUnavailable } from './log-errors.ts'
import { NoticeFailure, type NoticeMeans } from './notice-means.ts'
import type { Contacts, Directory, Logger, Logins, NoticeClaims } from './ports.ts'

interface Deps {
  readonly claims: NoticeClaims
  readonly contacts: Pick<Contacts, 'of'>
  readonly directory: Pick<Directory, 'people'>
  readonly logins: Pick<Logins, 'loggedIn'>
  readonly mail: NoticeMeans['mail']
  readonly logger: Logger
}

const AGAIN_MS = 60_000

/**
 * Mails the holders of a cutover, and its audience `ops`, that Slack is away and how they go on. Once for each outage,
 * however often it is called; a mail server that does not take it is asked again after a minute. Never throws.
 */
export function makeSlackAlarm(deps: Deps): (state: CutoverState, outage: Outage) => Promise<void> {
  const notBefore = new Map<string, number>()

  return async (state, outage) => {
    const key = `slack-away/${outage.since}`
    const id = `${state.id}/${key}`
    if ((notBefore.get(id) ?? 0) > performance.now()) return
    try {
      const isDone = await alarm(deps, state, outage, key)
      notBefore.set(id, isDone ? Number.POSITIVE_INFINITY : performance.now() + AGAIN_MS)
    } catch (error) {
      notBefore.set(id, performance.now() + AGAIN_MS)
      const reason = error instanceof Error ? error.message : String(error)
      deps.logger.warn({ cutover: state.id, reason }, 'nobody could be mailed that Slack is away')
    }
  }
}

/** Whether nothing is left to do. */
async function alarm(deps: Deps, state: CutoverState, outage: Outage, key: string): Promise<boolean> {
  const to = await addresses(deps, state)
  if (to.length === 0) {
    deps.logger.warn(
      { cutover: state.id },
      'nobody can be mailed that Slack is away: no address is known of those who hold a role',
    )
    return true
  }
  const claim = await deps.claims.claim(state.id, key)
  if (claim !== 'claimed') return claim !== 'busy'
  try {
    await deps.mail({ key: `${state.id}/${key}`, to, notice: await letter(deps, state, outage) })
    await deps.claims.settle(state.id, key, 'sent')
    return true
  } catch (error) {
    if (error instanceof LogUnavailable) throw error
    await deps.claims.settle(state.id, key, 'failed')
    const isOut = error instanceof NoticeFailure && error.mayHaveArrived
    if (!isOut) await deps.claims.reopen(state.id, key)
    throw error
  }
}

/** Holders, their stand-ins and the opener, by what they gave for this cutover, else by what Slack last said. */
async function addresses({ contacts, directory }: Deps, state: CutoverState): Promise<readonly string[]> {
  const given = await contacts.of(state.id)
  const known = new Map(
    (await directory.people().catch(() => [])).map(({ id, email }) => [id, email] as const),
  )
  const own = people(state).map((person) => given.get(person)?.email ?? known.get(person))
  const ops = state.plan.audiences['ops']?.email ?? []
  return [...new Set([...own, ...ops])].filter((address) => address !== undefined)
}

const people = ({ opener, holders }: CutoverState): readonly string[] => [
  ...new Set([
    opener,
    ...Object.values(holders).flatMap(({ person, backup }) =>
      backup === undefined ? [person] : [person, backup],
    ),
  ]),
]

async function letter(deps: Deps, state: CutoverState, { since, how, why }: Outage) {
  const { plan, id, status } = state
  const loggedIn = await deps.logins.loggedIn()
  const names = new Map((await deps.directory.people().catch(() => [])).map((one) => [one.id, one.name]))
  const without = people(state).filter((person) => !loggedIn.has(person))
  const rehearsal = plan.live ? '' : 'REHEARSAL · '
  return {
    subject: `${rehearsal}Slack is away: ${plan.title} goes on by the command line`,
    text: [
      `${why}, since ${new Date(since).toISOString().slice(11, 16)} UTC.`,
      how === 'deaf'
        ? `The channel still shows what happens in “${plan.title}” on ${plan.environment} (${status}), but what you press there does not arrive.`
        : `The channel of “${plan.title}” on ${plan.environment} (${status}) stands still.`,
      'Steps that run go on, and so do timers and e-mail. Decide and tick by the command line; it asks the same of you and writes the same record:',
      '',
      `  cutover status --cutover ${id}`,
      `  cutover go --cutover ${id}        (no-go, tick, run, hold, rollback … as well)`,
      '',
      without.length === 0
        ? 'Everybody who holds a role is logged in there.'
        : `Not logged in there: ${without.map((person) => names.get(person) ?? person).join(', ')}. \`cutover login\` shows a code that two holders who are logged in can vouch for: \`cutover vouch CODE WHO --reason …\`.`,
      how === 'refused'
        ? 'Slack refuses the token of the app: somebody may have revoked it. A new one goes into CUTOVER_SLACK_BOT_TOKEN; start `cutover serve` again with it.'
        : 'When Slack is back, one message in the channel says what was done meanwhile.',
      '',
    ].join('\n'),
  }
}
