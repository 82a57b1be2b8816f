import { h } from '../dom.js'

/** A person's initials on their colour; apps are square. @param {import('../api.js').User | undefined} user @param {string} [size] */
export function avatar(user, size = 'normal') {
  const name = user?.realName || user?.name || '?'
  const initials = name
    .split(/\s+/)
    .slice(0, user?.isBot ? 1 : 2)
    .map((word) => word[0] ?? '')
    .join('')
    .toUpperCase()
  return h(
    'span',
    {
      class: `avatar ${size} ${user?.isBot ? 'bot' : ''}`,
      vars: { '--colour': colourOf(user) },
      'aria-hidden': 'true',
    },
    initials,
  )
}

/** @param {import('../api.js').User | undefined} user */
function colourOf(user) {
  const colour = (user?.colour ?? '').replace(/^#/, '')
  return /^[0-9a-f]{6}$/i.test(colour) ? `#${colour}` : '#64748b'
}
