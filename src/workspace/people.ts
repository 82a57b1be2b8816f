import type { InstalledApp } from './app-manifest.ts'
import { derivedId } from './ids.ts'
import type { User, UserGroup, WorkspaceUser } from './types.ts'

export const DEFAULT_USERS: readonly WorkspaceUser[] = [
  {
    name: 'ana',
    realName: 'Ana Beridze',
    title: 'Migration lead',
    avatarColour: '7c3aed',
    groups: ['dba-oncall'],
  },
  {
    name: 'giorgi',
    realName: 'Giorgi Maisuradze',
    title: 'Observer',
    avatarColour: '0f766e',
    groups: ['platform'],
  },
  {
    name: 'nino',
    realName: 'Nino Kapanadze',
    title: 'Communicator',
    avatarColour: 'b45309',
    groups: ['platform'],
  },
  {
    name: 'levan',
    realName: 'Levan Gelashvili',
    title: 'Engineer',
    avatarColour: '1d4ed8',
    groups: ['dba-oncall', 'platform'],
  },
  { name: 'guest', realName: 'Tamar Guest', title: 'Auditor', avatarColour: '6b7280', isGuest: true },
]

export const DEFAULT_GROUPS: readonly string[] = ['dba-oncall', 'platform']

export function makeUser(given: WorkspaceUser): User {
  return {
    id: derivedId('U', given.name),
    name: given.name,
    realName: given.realName,
    title: given.title ?? '',
    email: given.email ?? `${given.name}@example.test`,
    colour: given.avatarColour ?? derivedColour(given.name),
    timeZone: given.timeZone ?? 'Etc/UTC',
    isGuest: given.isGuest ?? false,
    isBot: given.isBot ?? false,
    deleted: given.deleted ?? false,
    groups: given.groups ?? [],
  }
}

/** The user that posts for the app. */
export function makeBotUser(app: InstalledApp): User {
  return makeUser({
    name: app.botName,
    realName: app.name,
    title: 'App',
    avatarColour: '1f2937',
    isBot: true,
  })
}

export function makeGroups(users: Iterable<User>): UserGroup[] {
  const handles = new Set([...DEFAULT_GROUPS, ...[...users].flatMap((user) => user.groups)])
  return [...handles].map((handle) => ({ id: derivedId('S', handle), handle, name: handle }))
}

export const SLACKBOT_ID = 'USLACKBOT'

/** The user that speaks for Slack itself, for instance when a command failed. */
export function makeSlackbot(): User {
  return { ...makeUser({ name: 'slackbot', realName: 'Slackbot', isBot: true }), id: SLACKBOT_ID }
}

function derivedColour(name: string): string {
  const hue = [...name].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 0xffffff, 7)
  return hue.toString(16).padStart(6, '0')
}
