// What a person can do here. Each answers with what went wrong as a sentence, or with nothing.
import { act } from './api.js'
import { valuesOf } from './form.js'

/**
 * @typedef {import('./store.js').Store} Store
 * @typedef {import('./surface.js').Press} Press
 * @typedef {import('./surface.js').Surface} Surface
 * @typedef {import('./api.js').Answer} Answer
 */

/** @param {Store} store @param {Press} press @returns {Promise<string | undefined>} */
export async function click(store, press) {
  const place = 'viewId' in press.place ? { view_id: press.place.viewId } : press.place
  const answer = await act('click', {
    user: store.workspace?.me.name,
    ...place,
    block_id: press.blockId,
    action_id: press.actionId,
    value: press.value,
    // What the person pressed is what they saw, even if the message has changed since.
    stale: true,
  })
  await afterwards(store, 'channel' in press.place ? press.place.channel : undefined)
  return sentence(answer)
}

/**
 * Send what was typed: a slash command, or a message.
 * @param {Store} store @param {{ text: string, channel: string, threadTs?: string | undefined }} typed
 */
export async function send(store, { text, channel, threadTs }) {
  const user = store.workspace?.me.name
  const isCommand = text.startsWith('/') && threadTs === undefined
  const answer = isCommand
    ? await act('command', { user, channel, text })
    : await act('message', { user, channel, text, thread_ts: threadTs })
  await afterwards(store, channel)
  // When the app is silent, the workspace itself writes so into the channel.
  if (isCommand && FROM_THE_APP.includes(answer.error ?? '')) return undefined
  return sentence(answer, isCommand ? text.split(/\s/)[0] : undefined)
}

/** @param {Store} store @param {{ channel: string, ts: string, callbackId: string }} shortcut */
export async function runShortcut(store, { channel, ts, callbackId }) {
  const user = store.workspace?.me.name
  const answer = await act('shortcut', { user, channel, ts, callback_id: callbackId })
  await afterwards(store, channel)
  return sentence(answer)
}

/** @param {Store} store @param {import('./api.js').View} view @param {Surface} surface */
export async function submit(store, view, surface) {
  surface.begin('submit')
  const answer = await act('submit', {
    user: store.workspace?.me.name,
    view_id: view.id,
    values: valuesOf(view, surface),
  })
  surface.end('submit')
  surface.refuse(answer.errors ?? {}, answer.errors ? '' : (sentence(answer) ?? ''))
  await afterwards(store)
}

/** @param {Store} store @param {string} channel */
export async function join(store, channel) {
  const answer = await act('join', { user: store.workspace?.me.name, channel })
  await store.refreshWorkspace()
  return sentence(answer)
}

/** @param {Store} store @param {string} viewId */
export async function close(store, viewId) {
  const answer = await act('close', { user: store.workspace?.me.name, view_id: viewId })
  await afterwards(store)
  return sentence(answer)
}

/** The stream of changes says the same, but what one did oneself should not wait for it. @param {Store} store @param {string} [channel] */
async function afterwards(store, channel) {
  await Promise.all([store.refreshViews(), channel && store.refreshMessages(channel)])
}

/** @type {Record<string, string>} */
const SENTENCES = {
  operation_timeout: 'The app did not answer within 3 seconds. Try again in a moment.',
  dispatch_failed: 'The app is not connected. Try again in a moment.',
  is_archived: 'This channel is archived; nothing can be posted in it.',
  not_in_channel: 'You are not a member of this channel.',
}

const FROM_THE_APP = ['operation_timeout', 'dispatch_failed']

/** @param {Answer} answer @param {string} [command] @returns {string | undefined} */
function sentence(answer, command) {
  if (answer.ok) return undefined
  const text =
    SENTENCES[answer.error ?? ''] ??
    answer.hint ??
    answer.error ??
    'This did not work. Try again in a moment.'
  return command ? `${command}: ${text}` : text
}
