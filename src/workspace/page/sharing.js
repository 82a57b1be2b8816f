// What was fetched again and is the same stays the same object, so that only what differs is drawn again.

/** @type {WeakMap<object, string>} */
const texts = new WeakMap()

/** @template {object} T @param {T | undefined} known @param {T} fetched @returns {T} */
export const sameOrNew = (known, fetched) => (known && textOf(known) === textOf(fetched) ? known : fetched)

/**
 * @typedef {import('./api.js').ChannelMessages} ChannelMessages
 * @typedef {import('./api.js').Message} Message
 * @param {ChannelMessages | undefined} known @param {ChannelMessages} fetched @returns {ChannelMessages}
 */
export function shareMessages(known, fetched) {
  if (!known) return fetched
  const replies = Object.entries(fetched.replies).map(([ts, list]) => [
    ts,
    shareList(known.replies[ts] ?? [], list),
  ])
  return { messages: shareList(known.messages, fetched.messages), replies: Object.fromEntries(replies) }
}

/** @param {Message[]} known @param {Message[]} fetched @returns {Message[]} */
function shareList(known, fetched) {
  const byTs = new Map(known.map((message) => [message.ts, message]))
  const shared = fetched.map((message) => sameOrNew(byTs.get(message.ts), message))
  const unchanged =
    shared.length === known.length && shared.every((message, index) => message === known[index])
  return unchanged ? known : shared
}

/** @param {object} value */
function textOf(value) {
  const known = texts.get(value)
  if (known !== undefined) return known
  const text = JSON.stringify(value)
  texts.set(value, text)
  return text
}
