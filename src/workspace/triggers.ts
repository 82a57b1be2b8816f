import { freshId, secret } from './ids.ts'

export type TriggerAnswer =
  | { ok: true; user: string; view: string | undefined }
  | { ok: false; error: 'invalid_trigger_id' | 'expired_trigger_id' | 'exchanged_trigger_id' }

interface Trigger {
  user: string
  /** The view that was open when the person acted, for `views.push`. */
  view: string | undefined
  expiresAt: number
  used: boolean
}

/** How long a trigger is remembered, so that using it too late is told apart from making one up. */
const REMEMBERED_MS = 60 * 60_000

/** Trigger ids: each opens one view, within a few seconds of what the person did. */
export class Triggers {
  private readonly given = new Map<string, Trigger>()
  private readonly lifetimeMs: number

  constructor(lifetimeMs: number) {
    this.lifetimeMs = lifetimeMs
  }

  issue(user: string, view?: string): string {
    this.forgetOld()
    const id = `${Date.now()}.${freshId('')}.${secret(32)}`
    this.given.set(id, { user, view, expiresAt: Date.now() + this.lifetimeMs, used: false })
    return id
  }

  exchange(id: string): TriggerAnswer {
    const trigger = this.given.get(id)
    if (trigger === undefined) return { ok: false, error: 'invalid_trigger_id' }
    if (trigger.used) return { ok: false, error: 'exchanged_trigger_id' }
    if (Date.now() > trigger.expiresAt) return { ok: false, error: 'expired_trigger_id' }
    trigger.used = true
    return { ok: true, user: trigger.user, view: trigger.view }
  }

  private forgetOld(): void {
    for (const [id, trigger] of this.given) {
      if (trigger.expiresAt > Date.now() - REMEMBERED_MS) return
      this.given.delete(id)
    }
  }
}
