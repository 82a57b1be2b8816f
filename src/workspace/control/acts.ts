import { z } from 'zod'
import { click } from '../acting/click.ts'
import { sendCommand } from '../acting/command.ts'
import type { Deliver } from '../acting/deliver.ts'
import { say, useShortcut } from '../acting/say.ts'
import type { Submission } from '../acting/submit.ts'
import { close, submit } from '../acting/submit.ts'
import { actor } from '../acting/who-and-where.ts'
import type { JsonObject } from '../json.ts'
import type { Ack } from '../sockets.ts'
import type { World } from '../world.ts'
import type { Endpoint } from './endpoint.ts'
import { endpoint } from './endpoint.ts'
import { showMessage, showView } from './show.ts'

const who = z.string().min(1)

/** What a person can do, each as one request. */
export function actEndpoints(world: World, deliver: Deliver): Endpoint[] {
  return [
    endpoint('POST', '/control/command', { user: who, channel: who, text: who }, async (given) => {
      const shownBefore = world.state.ephemerals.length
      const ack = await sendCommand(world, deliver, given)
      const user = actor(world, given.user)
      return {
        ...showAck(ack),
        ephemeral: world.state.ephemerals
          .slice(shownBefore)
          .filter((message) => message.onlyFor === user.id)
          .map((message) => showMessage(world, message)),
        views: world.state.openModals(user.id).map((view) => showView(world, view)),
      }
    }),

    endpoint(
      'POST',
      '/control/click',
      {
        user: who,
        channel: who.optional(),
        ts: who.optional(),
        view_id: who.optional(),
        action_id: who,
        block_id: who.optional(),
        value: z.unknown().optional(),
        stale: z.boolean().optional(),
      },
      async (given) => {
        const ack = await click(world, deliver, given)
        const views = world.state.openModals(actor(world, given.user).id)
        return { ...showAck(ack), views: views.map((view) => showView(world, view)) }
      },
    ),

    endpoint(
      'POST',
      '/control/submit',
      { user: who, view_id: who, values: z.record(z.string(), z.unknown()).default({}) },
      async (given) => showSubmission(await submit(world, deliver, given)),
    ),

    endpoint('POST', '/control/close', { user: who, view_id: who }, async (given) => {
      const ack = await close(world, deliver, given)
      return ack === undefined ? { ok: true } : showAck(ack)
    }),

    endpoint(
      'POST',
      '/control/shortcut',
      { user: who, channel: who, ts: who, callback_id: who },
      async (given) => {
        const ack = await useShortcut(world, deliver, given)
        const views = world.state.openModals(actor(world, given.user).id)
        return { ...showAck(ack), views: views.map((view) => showView(world, view)) }
      },
    ),

    endpoint(
      'POST',
      '/control/message',
      { user: who, channel: who, text: z.string(), thread_ts: who.optional() },
      (given) => ({ ok: true, message: showMessage(world, say(world, given)) }),
    ),
  ]
}

function showAck(ack: Ack): JsonObject {
  if (ack.status === 'acknowledged') return { ok: true, ack }
  const error = ack.status === 'timed_out' ? 'operation_timeout' : 'dispatch_failed'
  const hint =
    ack.status === 'timed_out' ? 'The app did not acknowledge in time.' : 'The app is not connected.'
  return { ok: false, error, hint, ack }
}

function showSubmission(submission: Submission): JsonObject {
  if (!submission.sent) return { ok: false, sent: false, errors: submission.errors }
  if ('failure' in submission)
    return { ok: false, sent: true, error: 'no_answer', hint: submission.failure, ack: submission.ack }
  const { outcome } = submission
  switch (outcome.kind) {
    case 'errors':
      return { ok: false, sent: true, errors: outcome.errors }
    case 'closed':
      return { ok: true, closed: true }
    case 'updated':
      return { ok: true, updated: outcome.view }
    case 'pushed':
      return { ok: true, pushed: outcome.view }
  }
}
