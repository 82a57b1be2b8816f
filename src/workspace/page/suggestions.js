// What may be meant by what is being typed: a slash command, a person, a channel.

/**
 * @typedef {{ label: string, detail: string, insert: string, from: number }} Suggestion
 * @typedef {{ text: string, caret: number }} Typed
 */

const MOST = 8

/**
 * @param {Typed} typed
 * @param {{ commands: import('./api.js').Command[], context: import('./store.js').Context, inThread: boolean }} known
 * @returns {Suggestion[]}
 */
export function suggestionsFor({ text, caret }, { commands, context, inThread }) {
  const before = text.slice(0, caret)
  if (/^\/\S*$/.test(before)) {
    if (inThread) return []
    return commands
      .filter((command) => command.command.startsWith(before))
      .map(({ command, hint, description }) => ({
        label: `${command} ${hint}`,
        detail: description,
        insert: command,
        from: 0,
      }))
  }
  const word = /(?:^|\s)([@#])([\w-]*)$/.exec(before)
  if (!word) return []
  const [, mark = '', part = ''] = word
  const from = caret - part.length - 1
  return (mark === '@' ? people(context, part) : channels(context, part))
    .slice(0, MOST)
    .map(({ name, detail }) => ({ label: mark + name, detail, insert: mark + name, from }))
}

/** The command that is being written, for its hint. @param {string} text @param {import('./api.js').Command[]} commands */
export const commandOf = (text, commands) => commands.find(({ command }) => text.split(/\s/)[0] === command)

/** @param {import('./store.js').Context} context @param {string} part */
function people(context, part) {
  const wanted = part.toLowerCase()
  return [...context.users.values()]
    .filter((user) => user.name.startsWith(wanted) || user.realName.toLowerCase().startsWith(wanted))
    .map((user) => ({ name: user.name, detail: user.realName }))
}

/** @param {import('./store.js').Context} context @param {string} part */
function channels(context, part) {
  return context.channels
    .filter((channel) => !channel.isArchived && channel.name.startsWith(part.toLowerCase()))
    .map((channel) => ({ name: channel.name, detail: channel.topic }))
}
