import type { JsonObject } from './json.ts'
import { textAt } from './json.ts'

interface Allowance {
  /** How many calls may come at once. */
  burst: number
  perSecond: number
}

interface Bucket {
  tokens: number
  at: number
}

const perMinute = (calls: number): Allowance => ({ burst: calls, perSecond: calls / 60 })

const TIER_2 = perMinute(20)
const TIER_3 = perMinute(50)
const TIER_4 = perMinute(100)
const GENEROUS = perMinute(600)

/** One message a second and channel; a few more at once are let through. */
const POSTING: Allowance = { burst: 4, perSecond: 1 }
/** All channels together; the number is not public, this is what teams report. */
const POSTING_IN_ALL: Allowance = { burst: 100, perSecond: 5 }

const TIERS: Readonly<Record<string, Allowance>> = {
  'auth.test': GENEROUS,
  'blocks.validate': GENEROUS,
  'bookmarks.add': TIER_2,
  'bookmarks.edit': TIER_2,
  'bookmarks.remove': TIER_2,
  'chat.getPermalink': GENEROUS,
  'chat.postEphemeral': TIER_4,
  'conversations.archive': TIER_2,
  'conversations.create': TIER_2,
  'conversations.list': TIER_2,
  'conversations.members': TIER_4,
  'conversations.rename': TIER_2,
  'conversations.setPurpose': TIER_2,
  'conversations.setTopic': TIER_2,
  'conversations.unarchive': TIER_2,
  'files.completeUploadExternal': TIER_4,
  'files.getUploadURLExternal': TIER_4,
  'pins.add': TIER_2,
  'pins.list': TIER_2,
  'pins.remove': TIER_2,
  'reactions.list': TIER_2,
  'reactions.remove': TIER_2,
  'usergroups.list': TIER_2,
  'usergroups.users.list': TIER_2,
  'users.info': TIER_4,
  'users.list': TIER_2,
  'views.open': TIER_4,
  'views.publish': TIER_4,
  'views.push': TIER_4,
  'views.update': TIER_4,
}

/** Slack's rate limits as token buckets, one for each method and one for each channel that is posted to. */
export class RateLimits {
  enabled: boolean
  private buckets = new Map<string, Bucket>()

  constructor(enabled: boolean) {
    this.enabled = enabled
  }

  /** Takes one call. Answers the whole seconds to wait when there is none to take. */
  take(method: string, args: JsonObject): number | undefined {
    if (!this.enabled) return undefined
    const needed = bucketsOf(method, args)
    const waits = needed.map(([name, allowance]) => secondsUntilOne(this.bucket(name, allowance), allowance))
    const wait = Math.max(...waits)
    if (wait > 0) return Math.ceil(wait)
    for (const [name, allowance] of needed) this.bucket(name, allowance).tokens -= 1
    return undefined
  }

  /** Fills every bucket again. */
  refill(): void {
    this.buckets = new Map()
  }

  private bucket(name: string, allowance: Allowance): Bucket {
    const now = Date.now()
    const bucket = this.buckets.get(name) ?? { tokens: allowance.burst, at: now }
    bucket.tokens = Math.min(
      allowance.burst,
      bucket.tokens + ((now - bucket.at) / 1000) * allowance.perSecond,
    )
    bucket.at = now
    this.buckets.set(name, bucket)
    return bucket
  }
}

function bucketsOf(method: string, args: JsonObject): [string, Allowance][] {
  if (method !== 'chat.postMessage') return [[method, TIERS[method] ?? TIER_3]]
  return [
    [`${method} ${textAt(args, 'channel') ?? ''}`, POSTING],
    [method, POSTING_IN_ALL],
  ]
}

function secondsUntilOne(bucket: Bucket, allowance: Allowance): number {
  return bucket.tokens >= 1 ? 0 : (1 - bucket.tokens) / allowance.perSecond
}
