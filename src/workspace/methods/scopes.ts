import type { Channel } from '../types.ts'
import type { World } from '../world.ts'
import { Refused } from './method.ts'

type Kind = Channel['kind']

/** Slack asks for one scope for public channels, another for private ones and another for direct conversations. */
const BY_KIND = {
  read: { public: ['channels:read'], private: ['groups:read'], im: ['im:read'] },
  history: { public: ['channels:history'], private: ['groups:history'], im: ['im:history'] },
  manage: { public: ['channels:manage'], private: ['groups:write'], im: ['im:write'] },
  invite: {
    public: ['channels:manage', 'channels:write.invites'],
    private: ['groups:write', 'groups:write.invites'],
    im: ['im:write'],
  },
} as const satisfies Record<string, Record<Kind, readonly string[]>>

export type ScopeFamily = keyof typeof BY_KIND

/** The scopes of a family for any kind of conversation: without one of them a method cannot be called at all. */
export function scopesOf(family: ScopeFamily): string[] {
  return Object.values(BY_KIND[family]).flat()
}

/** Refuses when the app may do this with other kinds of conversation, but not with this kind. */
export function requireScope(world: World, family: ScopeFamily, kind: Kind): void {
  const enough: readonly string[] = BY_KIND[family][kind]
  if (enough.some((scope) => world.app.scopes.includes(scope))) return
  throw new Refused('missing_scope', { needed: enough.join(','), provided: world.app.scopes.join(',') })
}
