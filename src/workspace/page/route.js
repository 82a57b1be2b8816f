// The address says who is looking at what, so that a link opens the right place for the right person.

/** @typedef {{ user?: string | undefined, channel?: string | undefined, thread?: string | undefined, message?: string | undefined, home?: boolean }} Route */

/** @param {string} hash @returns {Route} */
export function readRoute(hash) {
  const given = new URLSearchParams(hash.replace(/^#/, ''))
  /** @type {Route} */
  const route = {}
  for (const name of /** @type {const} */ (['user', 'channel', 'thread', 'message'])) {
    const value = given.get(name)
    if (value) route[name] = value.replace(/^[#@]/, '')
  }
  if (given.get('view') === 'home') route.home = true
  return route
}

/** @param {Route} route */
export function hrefTo(route) {
  const query = new URLSearchParams()
  if (route.user) query.set('user', route.user)
  if (route.home) query.set('view', 'home')
  else if (route.channel) query.set('channel', route.channel)
  if (route.thread && !route.home) query.set('thread', route.thread)
  if (route.message && !route.home) query.set('message', route.message)
  return `#${query}`
}

/** How a channel is named in the address. Direct conversations share names with people. @param {import('./api.js').Channel} channel */
export const addressOf = (channel) => (channel.isDirect ? channel.id : channel.name)
