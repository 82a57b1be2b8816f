import { secret } from './ids.ts'

const USES = 5

/** Where a response goes: the conversation, the person, and the message the person acted on. */
export interface ResponseTarget {
  channel: string
  user: string
  messageTs?: string | undefined
  threadTs?: string | undefined
}

export type ResponseUrlAnswer =
  | { ok: true; target: ResponseTarget }
  | { ok: false; error: 'used_url' | 'expired_url' }

/** Response URLs: five uses within half an hour. */
export class ResponseUrls {
  private readonly given = new Map<string, { target: ResponseTarget; expiresAt: number; usesLeft: number }>()
  private readonly lifetimeMs: number

  constructor(lifetimeMs: number) {
    this.lifetimeMs = lifetimeMs
  }

  /** The path of a new response URL, below the address of the workspace. */
  issue(target: ResponseTarget): string {
    this.forgetOld()
    const key = secret(32)
    this.given.set(key, { target, expiresAt: Date.now() + this.lifetimeMs, usesLeft: USES })
    return `/response/${key}`
  }

  use(key: string): ResponseUrlAnswer {
    const found = this.given.get(key)
    if (found === undefined || Date.now() > found.expiresAt) return { ok: false, error: 'expired_url' }
    if (found.usesLeft === 0) return { ok: false, error: 'used_url' }
    found.usesLeft -= 1
    return { ok: true, target: found.target }
  }

  private forgetOld(): void {
    for (const [key, { expiresAt }] of this.given) {
      if (expiresAt > Date.now()) return
      this.given.delete(key)
    }
  }
}
