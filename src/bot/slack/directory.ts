import type { WebClient } from '@slack/web-api'
import type { Directory, Logger, Person } from '../../app/ports.ts'
import type { PersonId } from '../../domain/plan.ts'

const FRESH_MS = 60_000
const NEWCOMER_MS = 5_000
const PAGE = 200

interface Known {
  readonly people: ReadonlyMap<PersonId, Person>
  readonly groups: ReadonlyMap<string, readonly PersonId[]>
  readonly at: number
}

type Member = NonNullable<Awaited<ReturnType<WebClient['users']['list']>>['members']>[number]

/**
 * People and groups of the workspace. What is known answers at once and is read anew behind it, so that no click
 * waits for Slack; somebody who is not known yet is looked for. While Slack is away the last answer serves.
 */
export function makeDirectory(client: WebClient, logger: Logger, now: () => number = Date.now): Directory {
  let known: Known | undefined
  let reading: Promise<Known> | undefined

  async function current(): Promise<Known> {
    if (!known) return refresh()
    if (now() - known.at >= FRESH_MS) {
      refresh().catch((error: unknown) =>
        logger.warn({ reason: String(error) }, 'Slack does not say who is there; the last answer serves'),
      )
    }
    return known
  }

  function refresh(): Promise<Known> {
    reading ??= read()
      .then((found) => (known = found))
      .finally(() => {
        reading = undefined
      })
    return reading
  }

  /** Somebody new, or nobody. Asked again only after a while, so that strangers cannot keep us asking. */
  async function newcomer(id: PersonId): Promise<Person | null> {
    if (known && now() - known.at < NEWCOMER_MS) return null
    return (await refresh()).people.get(id) ?? null
  }

  async function read(): Promise<Known> {
    const people = new Map((await members(client)).map((member) => [member.id, member]))
    return { people, groups: await groups(client, logger), at: now() }
  }

  return {
    people: async () => [...(await current()).people.values()],
    person: async (id) => (await current()).people.get(id) ?? newcomer(id),
    group: async (handle) => (await current()).groups.get(handle) ?? null,
  }
}

async function members(client: WebClient): Promise<readonly Person[]> {
  const people: Person[] = []
  let cursor: string | undefined
  do {
    const page = await client.users.list({ limit: PAGE, ...(cursor ? { cursor } : {}) })
    people.push(...(page.members ?? []).flatMap(personOf))
    cursor = page.response_metadata?.next_cursor
  } while (cursor)
  return people
}

function personOf(member: Member): readonly Person[] {
  if (member.id === undefined) return []
  const barred = barredAs(member)
  return [
    {
      id: member.id,
      name: member.profile?.display_name || member.name || member.id,
      ...(member.profile?.email === undefined ? {} : { email: member.profile.email }),
      ...(barred === undefined ? {} : { barred }),
    },
  ]
}

function barredAs(member: Member): Person['barred'] {
  if (member.deleted) return 'deactivated'
  if (member.is_bot || member.id === 'USLACKBOT') return 'bot'
  if (member.is_restricted || member.is_ultra_restricted) return 'guest'
  return 'is_stranger' in member && member.is_stranger === true ? 'stranger' : undefined
}

/** User groups need a paid plan; without them explicit lists of people must do. */
async function groups(client: WebClient, logger: Logger): Promise<ReadonlyMap<string, readonly PersonId[]>> {
  try {
    const { usergroups = [] } = await client.usergroups.list({ include_users: true })
    return new Map(
      usergroups.flatMap(({ handle, users }) => (handle === undefined ? [] : [[handle, users ?? []]])),
    )
  } catch (error) {
    logger.warn(
      { reason: String(error) },
      'the workspace has no user groups; only people named one by one count',
    )
    return new Map()
  }
}
