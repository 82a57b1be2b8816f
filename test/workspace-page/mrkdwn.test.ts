import { describe, expect, it } from 'vitest'

interface Token {
  type: string
  text?: string
  url?: string
  id?: string
  name?: string
  children?: Token[]
}

const folder = new URL('../../src/workspace/page/render/', import.meta.url)
const { parseMrkdwn, parsePlain, safeUrl } = (await import(new URL('mrkdwn-parse.js', folder).href)) as {
  parseMrkdwn(text: string): Token[]
  parsePlain(text: string): Token[]
  safeUrl(address: unknown): string | undefined
}
const { formatDateToken } = (await import(new URL('dates.js', folder).href)) as {
  formatDateToken(token: { timestamp: number; format: string; fallback: string }, now: Date): string
}

/** The parsed text in short: `type(content)` for everything that is not plain text. */
function shown(text: string): string {
  return inShort(parseMrkdwn(text))
}

function inShort(tokens: Token[]): string {
  return tokens
    .map((token) => {
      if (token.type === 'text') return token.text
      if (token.type === 'break') return '⏎'
      const content = token.children ? inShort(token.children) : (token.text ?? token.id ?? token.name ?? '')
      return `${token.type}(${content})`
    })
    .join('')
}

describe('mrkdwn', () => {
  it('knows bold, italic, struck, code, and one inside another', () => {
    expect(shown('*bold* _it_ ~no~ `code` *a _b_ c*')).toBe(
      'bold(bold) italic(it) strike(no) code(code) bold(a italic(b) c)',
    )
  })

  it('leaves marks inside words, alone or around spaces as they are', () => {
    for (const text of ['snmp_credentials.device_id', '2 * 3 * 4', 'a*b*c', '*open', '* spaced *', '~']) {
      expect(shown(text)).toBe(text)
    }
  })

  it('never takes a time for an emoji, and leaves unknown names as text', () => {
    expect(shown('10:02:11 and 1:100:2')).toBe('10:02:11 and 1:100:2')
    expect(shown(':wrench: :no_such_thing:')).toBe('emoji(wrench) :no_such_thing:')
    expect(inShort(parsePlain('*GO* :tada:'))).toBe('*GO* emoji(tada)')
  })

  it('keeps what stands in code blocks as it is and joins lines of a quote', () => {
    expect(shown('a\n```\n*x* &lt;y&gt;\n```\nb')).toBe('apre(*x* <y>)b')
    expect(shown('&gt; one\n&gt; two\nthree\n\nfour')).toBe('quote(one⏎two)three⏎⏎four')
  })

  it('links http and https, with a label or bare, and nothing else', () => {
    expect(shown('<https://a.test/x?a=1&amp;b=2|the page>')).toBe('link(the page)')
    expect(parseMrkdwn('<https://a.test/x?a=1&amp;b=2|the page>')[0]?.url).toBe('https://a.test/x?a=1&b=2')
    expect(shown('see https://a.test/x.')).toBe('see link(https://a.test/x).')
    expect(shown('<javascript:alert(1)|click>')).toBe('<javascript:alert(1)|click>')
    expect(shown('<data:text/html,x|y> <mailto:a@b.test|write>')).toBe('<data:text/html,x|y> write')
    for (const address of [
      'javascript:alert(1)',
      ' https://a.test',
      'file:///etc/passwd',
      '//a.test',
      7,
      undefined,
    ]) {
      expect(safeUrl(address)).toBeUndefined()
    }
  })

  it('knows people, channels, groups and calls to all, but only unescaped', () => {
    expect(shown('<@U0AB> <#C0AB|ops> <!channel> <!subteam^S1|@dba>')).toBe(
      'user(U0AB) channel(C0AB) broadcast(channel) group(S1)',
    )
    expect(shown('&lt;!channel&gt; &amp;lt; <img src=x onerror=alert(1)>')).toBe(
      '<!channel> &lt; <img src=x onerror=alert(1)>',
    )
  })

  it('takes hostile text of any length without freezing', () => {
    const started = performance.now()
    for (const piece of ['*a ', '_*~', '<a ', '`x', '*a* _b', '&lt;', ':a:', 'https://']) {
      parseMrkdwn(piece.repeat(40_000 / piece.length))
    }
    expect(performance.now() - started).toBeLessThan(2_000)
  })
})

describe('dates', () => {
  const now = new Date(2026, 10, 20, 12, 0, 0)
  const at = (date: Date, format: string) =>
    formatDateToken({ timestamp: Math.floor(date.getTime() / 1000), format, fallback: 'fallback' }, now)
  const today = new Date(2026, 10, 20, 9, 5, 7)

  it('fills each of the tokens', () => {
    expect(at(today, '{date_num}')).toBe('2026-11-20')
    expect(at(today, '{date}')).toBe('November 20th')
    expect(at(today, '{date_short}')).toBe('Nov 20')
    expect(at(today, '{date_long}')).toBe('Friday, November 20th')
    expect(at(today, '{time}')).toMatch(/^(0?9:05)( AM)?$/)
    expect(at(today, '{time_secs}')).toMatch(/^(0?9:05:07)( AM)?$/)
    expect(at(today, '{ago}')).toBe('2 hours ago')
  })

  it('says today, yesterday and tomorrow where asked to, and the year where it is another', () => {
    const days = [-1, 0, 1, 2].map((days) => at(new Date(2026, 10, 20 + days), 'on {date_short_pretty}'))
    expect(days).toEqual(['on yesterday', 'on today', 'on tomorrow', 'on Nov 22'])
    expect(at(new Date(2025, 0, 1), '{date_pretty}')).toBe('January 1st, 2025')
  })

  it('falls back when it does not know a token', () => {
    expect(at(today, '{date} {century}')).toBe('fallback')
    expect(formatDateToken({ timestamp: Number.NaN, format: '{date}', fallback: 'later' }, now)).toBe('later')
  })
})
