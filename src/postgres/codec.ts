import { NewerEvent } from '../app/log-errors.ts'
import type { Actor, CutoverEvent, EventType, Recorded } from '../domain/events.ts'
import type { StoredEvent } from './hash.ts'

/** The version in which each event is written today. */
const VERSIONS = {
  'cutover opened': 1,
  'cutover started': 1,
  'migration began': 1,
  'cutover watching': 1,
  'cutover guarded': 1,
  'cutover closed': 1,
  'cutover held': 1,
  'cutover resumed': 1,
  'cutover postponed': 1,
  'cutover rescheduled': 1,
  'cutover abandoned': 1,
  'plan advanced': 1,
  'rollback started': 1,
  'rollback stopped': 1,
  'rollback resumed': 1,
  'rollback option taken': 1,
  'rollback finished': 1,
  'step due': 1,
  'step late': 1,
  'step overran': 1,
  'step timed out': 1,
  'step ticked': 1,
  'item ticked': 1,
  'step unticked': 1,
  'step skipped': 1,
  'step overridden': 1,
  'step marked': 1,
  'step not applicable': 1,
  'step moved': 1,
  'option chosen': 1,
  'second person asked': 1,
  'attempt dispatched': 1,
  'attempt claimed': 1,
  'attempt spawning': 1,
  'attempt running': 1,
  'attempt adopted': 1,
  'attempt revoked': 1,
  'attempt refused': 1,
  'cancel requested': 1,
  'attempt ended': 1,
  'attempt unknown': 1,
  'attempt unobserved': 1,
  'attempt observed': 1,
  'attempt asked': 1,
  'attempt blocked': 1,
  'attempt unblocked': 1,
  'unblock asked': 1,
  'unblock begun': 1,
  'unblock ended': 1,
  'watch breached': 1,
  'pool ready': 1,
  'pool refused': 1,
  'gate opened': 1,
  'criterion confirmed': 1,
  'criterion unconfirmed': 1,
  'criterion overridden': 1,
  'vote cast': 1,
  'votes went stale': 1,
  'go given': 1,
  'gate decided': 1,
  'round closed': 1,
  'role assigned': 1,
  'note added': 1,
  'issue opened': 1,
  'issue changed': 1,
  'issue closed': 1,
  'escalation began': 1,
  'escalation raised': 1,
  'escalation taken': 1,
  'escalation ended': 1,
  'ack asked': 1,
  'role acknowledged': 1,
  'checkpoint passed': 1,
  'checkpoint failed': 1,
  'checkpoint accepted': 1,
  'shift began': 1,
  'follow-up opened': 1,
  'follow-up closed': 1,
  'follow-up waived': 1,
  'follow-up reminded': 1,
  'debrief given': 1,
  'change allowed': 1,
  'cutover forgotten': 1,
  'user report filed': 1,
  'notice delivered': 1,
  'notice failed': 1,
  'notice parked': 1,
  'slack went away': 1,
  'slack came back': 1,
  'notice called for': 1,
  'notice drafted': 1,
  'notice approved': 1,
  'notice rejected': 1,
  'update missed': 1,
  'pager called': 1,
  'timeline posted': 1,
  'timeline mailed': 1,
  'handover asked': 1,
  'vouch asked': 1,
  'login vouched': 1,
  'rehearsal recorded': 1,
  'rollback asked': 1,
} as const satisfies Record<EventType, number>

/** How an event of an older version reads today: `{ 'vote cast': { 1: (data) => … } }`, each step to the next version. */
export type Upcasters = { readonly [type: string]: { readonly [version: number]: (data: object) => object } }
const UPCASTERS: Upcasters = {}

export function encode(
  event: CutoverEvent,
  actor: Actor,
): Pick<StoredEvent, 'type' | 'version' | 'actor' | 'data'> {
  return {
    type: event.type,
    version: String(VERSIONS[event.type]),
    actor: JSON.stringify(actor),
    data: JSON.stringify(event.data),
  }
}

/** Reads a stored row; older versions are upcast, the stored text stays as it is. Throws {@link NewerEvent}. */
export function decode(
  row: StoredEvent,
  versions: Readonly<Record<string, number>> = VERSIONS,
  upcasters: Upcasters = UPCASTERS,
): Recorded {
  const known = versions[row.type]
  const stored = Number(row.version)
  if (known === undefined || stored > known) throw new NewerEvent(row.type, stored)

  let data = JSON.parse(row.data) as object
  for (let version = stored; version < known; version += 1) {
    const upcast = upcasters[row.type]?.[version]
    if (!upcast) throw new Error(`no upcaster for "${row.type}" from version ${version}`)
    data = upcast(data)
  }
  // The one place where stored text becomes a typed event: we wrote it, and its hash says it is unchanged.
  return {
    type: row.type,
    data,
    cutover: row.cutover,
    position: Number(row.position),
    at: Number(row.at_ms),
    actor: JSON.parse(row.actor) as Actor,
  } as Recorded
}
