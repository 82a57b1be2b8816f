// The server of the workspace: what it shows and what it is asked to do.

/**
 * @typedef {{ id: string, name: string, realName: string, title?: string, colour?: string, isBot: boolean }} User
 * @typedef {{ id: string, name: string, isPrivate: boolean, isDirect?: boolean, isArchived: boolean, topic: string, purpose: string,
 *   members: string[], bookmarks: { title: string, link: string }[], pins: string[] }} Channel
 * @typedef {{ command: string, hint: string, description: string }} Command
 * @typedef {{ team: { name: string }, me: User, users: User[], groups: { id: string, handle: string }[], channels: Channel[], commands: Command[],
 *   shortcuts: { callbackId: string, name: string }[] }} WorkspaceState
 * @typedef {{ ts: string, user: string, text: string, blocks: any[], threadTs?: string, replyCount: number,
 *   edited?: boolean, ephemeral?: boolean, subtype?: string,
 *   files?: { id: string, name: string, size: number, url: string }[],
 *   reactions?: { name: string, users: string[] }[] }} Message
 * @typedef {{ messages: Message[], replies: Record<string, Message[]> }} ChannelMessages
 * @typedef {{ id: string, type: string, callback_id: string, title?: any, submit?: any, close?: any, blocks: any[],
 *   errors?: Record<string, string> }} View
 * @typedef {{ ok: boolean, error?: string, hint?: string, errors?: Record<string, string> }} Answer
 */

/** @param {string | undefined} user @returns {Promise<WorkspaceState>} */
export const fetchState = (user) => get('state', { user })

/** @param {string} user @param {string} channel @returns {Promise<ChannelMessages>} */
export const fetchMessages = (user, channel) => get('messages', { user, channel })

/** @param {string} user @returns {Promise<{ views: View[], home: View | null }>} */
export const fetchViews = (user) => get('views', { user })

/**
 * Do something as a person. Never throws: what went wrong is in the answer.
 * @param {'command' | 'message' | 'click' | 'submit' | 'close' | 'shortcut' | 'home' | 'join'} action
 * @param {Record<string, unknown>} body
 * @returns {Promise<Answer>}
 */
export async function act(action, body) {
  try {
    const response = await fetch(`/control/${action}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const answer = await response.json().catch(() => ({}))
    return { ...answer, ok: response.ok && answer.ok !== false }
  } catch {
    return { ok: false, error: 'The workspace cannot be reached.' }
  }
}

/** A fetch that was refused, with the status the server gave. */
export class Refused extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

/** @param {string} what @param {Record<string, string | undefined>} query */
async function get(what, query) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  const response = await fetch(
    `/page/${what}?${new URLSearchParams(/** @type {[string, string][]} */ (given))}`,
  )
  if (!response.ok) throw new Refused(response.status, `${what}: ${response.status}`)
  return response.json()
}
