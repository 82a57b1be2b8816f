import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { NoticeContext } from '../../src/templates/notice-context.ts'
import type { NoticeMedium } from '../../src/templates/notice-parts.ts'
import { renderNotice, TemplateError } from '../../src/templates/render-notice.ts'
import { FULL_NOTICE } from '../../src/templates/sample-notice.ts'

const LEAD = { id: 'U024NINO', name: 'Nino Beridze' }

function withTitle(title: string): NoticeContext {
  return { ...FULL_NOTICE, cutover: { ...FULL_NOTICE.cutover, title } }
}

function slack(template: string, context: NoticeContext = FULL_NOTICE): string {
  return renderNotice({ template, medium: 'slack', context }).text
}

function notice(name: string): string {
  return readFileSync(new URL(`../../runbooks/ward-ops/${name}.hbs`, import.meta.url), 'utf8')
}

describe('one file for every medium', () => {
  const template =
    '---\nsubject: Begins {{time planned.start}}\n---\n{{person lead}} begins {{time planned.start}}.'

  test('Slack gets a mention and a date that each reader sees in their own zone', () => {
    expect(slack(template)).toBe(
      '<@U024NINO> begins <!date^1795213800^{date_short_pretty} {time}|20 Nov 2026 22:30 UTC>.',
    )
  })

  test('a mail gets the name and the time in the zone of the window, named', () => {
    expect(renderNotice({ template, medium: 'email', context: FULL_NOTICE })).toEqual({
      subject: 'Begins 21 Nov 2026 02:30 (Asia/Tbilisi)',
      text: 'Nino Beridze begins 21 Nov 2026 02:30 (Asia/Tbilisi).',
    })
  })

  test('a section of its own replaces the text for that medium', () => {
    const file = `${template}\n--- slack\n*{{cutover.title}}* <https://wiki.example|wiki>\n--- html\n<p>{{cutover.title}}</p>\n`
    const context = withTitle('A & B <c>')

    expect(slack(file, context)).toBe('*A &amp; B &lt;c&gt;* <https://wiki.example|wiki>')
    expect(renderNotice({ template: file, medium: 'email', context })).toMatchObject({
      text: expect.stringContaining('begins 21 Nov'),
      html: '<p>A &amp; B &lt;c&gt;</p>',
    })
  })

  test('plain text around the values is escaped for Slack and left alone in a mail', () => {
    const plain = '---\nsubject: x\n---\nErrors < 5 & <!channel>'

    expect(slack(plain)).toBe('Errors &lt; 5 &amp; &lt;!channel&gt;')
    expect(renderNotice({ template: plain, medium: 'email', context: FULL_NOTICE }).text).toBe(
      'Errors < 5 & <!channel>',
    )
  })

  test('a webhook gets a JSON object whose values are escaped as JSON', () => {
    const template =
      '--- json\n{"title": "{{cutover.title}}", "lead": "{{person lead}}", "at": "{{time now}}"}'
    const { text } = renderNotice({ template, medium: 'webhook', context: withTitle('a "b" \\ \n c') })

    expect(JSON.parse(text)).toEqual({
      title: 'a "b" \\ \n c',
      lead: 'Nino Beridze',
      at: '2026-11-20T22:30:00.000Z',
    })
  })

  test('helpers write durations, sizes, numbers, links and parts of a time', () => {
    const template =
      '{{duration window.length}}, {{#if backup}}{{bytes backup.size}}{{/if}}, {{#if copied}}{{number copied.rows}}{{/if}}, ' +
      '{{#each links}}{{link this}}{{/each}}, {{time now show="time" zone="UTC"}}, {{time now show="date"}}'

    expect(
      renderNotice({ template: `---\nsubject: x\n---\n${template}`, medium: 'email', context: FULL_NOTICE })
        .text,
    ).toBe('60 min, 412 MB, 3,012,884, Dashboard: https://grafana.example/d/ward, 22:30 UTC, 21 Nov 2026')
    expect(slack('{{#each links}}{{link this}}{{/each}}')).toBe('<https://grafana.example/d/ward|Dashboard>')
  })
})

describe('a rehearsal', () => {
  const context = {
    ...FULL_NOTICE,
    cutover: { ...FULL_NOTICE.cutover, rehearsal: true, environment: 'staging <1>' },
  }
  const template = '---\nsubject: Done\n---\nDone.\n--- html\n<p>Done.</p>\n--- json\n{"text": "Done."}'

  test('is marked in every medium without a word in the template', () => {
    expect(slack(template, context)).toBe('*REHEARSAL* on staging &lt;1&gt;: nothing here is live.\nDone.')
    expect(renderNotice({ template, medium: 'email', context })).toEqual({
      subject: '[REHEARSAL] Done',
      text: 'REHEARSAL on staging <1>: nothing here is live.\n\nDone.',
      html: '<p><strong>REHEARSAL</strong> on staging &lt;1&gt;: nothing here is live.</p>\n<p>Done.</p>',
    })
    expect(JSON.parse(renderNotice({ template, medium: 'webhook', context }).text)).toEqual({
      text: 'Done.',
      rehearsal: true,
    })
  })

  test('a live cutover bears no mark', () => {
    expect(slack(template)).toBe('Done.')
  })
})

describe('hostile values', () => {
  test.each([
    ['<!channel>', '&lt;!channel&gt;'],
    ['<@U024NINO>', '&lt;@U024NINO&gt;'],
    ['@here and @channel', '@\u2060here and @\u2060channel'],
    ['ops@channel.example', 'ops@\u2060channel.example'],
    ['a* b ```c``` ~d~', 'a\u2217 b \u02CB\u02CB\u02CBc\u02CB\u02CB\u02CB \u223Cd\u223C'],
    ['_x_ of ping_results', '\u02CDx\u02CD of ping_results'],
    ['one\n> two\r\n\u0000three', 'one &gt; two three'],
    ['{{cutover.id}}', '{{cutover.id}}'],
  ])('%j does nothing in Slack', (title, expected) => {
    expect(slack('{{cutover.title}}', withTitle(title))).toBe(expected)
  })

  test('raw braces are no way round the escape', () => {
    expect(slack('{{{cutover.title}}} {{&cutover.title}}', withTitle('<!here>'))).toBe(
      '&lt;!here&gt; &lt;!here&gt;',
    )
  })

  test('a person who is no Slack user is named, never mentioned', () => {
    for (const id of ['rehearsal', '!channel', 'U1>', '']) {
      const context = { ...FULL_NOTICE, lead: { id, name: '<!here>' } }
      expect(slack('{{person lead}}', context)).toBe('&lt;!here&gt;')
    }
  })

  test('a link cannot end early', () => {
    const context = { ...FULL_NOTICE, links: [{ title: 'a|b>c', url: 'https://x.example/?a|b>c d' }] }

    expect(slack('{{#each links}}{{link this}}{{/each}}', context)).toBe(
      '<https://x.example/?a%7Cb&gt;c%20d|a|b&gt;c>',
    )
  })

  test('a link that is not http is refused before anything is written', () => {
    const context = { ...FULL_NOTICE, links: [{ title: 'x', url: 'javascript:alert(1)' }] }

    expect(() => slack('x', context)).toThrow(/incomplete at `links.0.url`/)
  })

  test('a subject keeps to one line, and to 200 characters', () => {
    const template = '---\nsubject: {{cutover.title}}\n---\nx'
    const subject = (title: string) =>
      renderNotice({ template, medium: 'email', context: withTitle(title) }).subject

    expect(subject('Hello\r\nBcc: all@example.org')).toBe('Hello Bcc: all@example.org')
    expect(subject('y'.repeat(500))).toHaveLength(200)
  })

  const nasty = fc.oneof(
    fc.string(),
    fc.string({
      unit: fc.constantFrom(
        '<',
        '!',
        '@',
        'channel',
        '>',
        '|',
        'http://x',
        '&',
        '&lt;',
        '*',
        '`',
        '\n',
        'U024NINO',
        'a',
      ),
    }),
  )

  test('no value gives Slack a mention or a link, whatever it holds', () => {
    const template =
      '{{cutover.title}} {{cutover.environment}} {{#if reason}}{{reason.text}} {{person reason.by}}{{/if}} ' +
      '{{#each people as |one|}}{{one.title}} {{person one.person}} {{one.role}}{{/each}} {{#each links}}{{title}} {{url}}{{/each}}'
    fc.assert(
      fc.property(nasty, nasty, nasty, fc.boolean(), (one, two, name, rehearsal) => {
        const person = { id: one, name }
        const text = slack(template, {
          ...FULL_NOTICE,
          cutover: { ...FULL_NOTICE.cutover, title: one, environment: two, rehearsal },
          reason: { text: two, by: { id: 'rehearsal', name } },
          people: [{ role: one, title: two, person: { ...person, id: `x${one}` } }],
          links: [{ title: two, url: 'https://x.example/' }],
        })
        expect(text).not.toMatch(/[<>]/)
        expect(text.replaceAll(/&(?:amp|lt|gt);/g, '')).not.toContain('&')
        expect(text.replace('*REHEARSAL*', '')).not.toMatch(/[*`~]/)
        expect(text).not.toMatch(/@(?:channel|here|everyone)\b/i)
      }),
      { numRuns: 500 },
    )
  })

  test('what the helpers write is the only thing in angle brackets', () => {
    const template = '{{time now}}{{person lead}}{{#each links}}{{link this}}{{/each}}{{cutover.title}}'
    fc.assert(
      fc.property(nasty, nasty, nasty, (title, name, end) => {
        const context = {
          ...withTitle(title),
          lead: { ...LEAD, name },
          links: [{ title: name, url: `https://x.example/?${end}` }],
        }
        const rest = slack(template, context)
          .replace(/^<!date\^\d+\^\{date_short_pretty\} \{time\}\|[\w :]+>/, '')
          .replace(/^<@U024NINO>/, '')
          .replace(/^<https:\/\/x\.example\/[^<>|]*\|[^<>]*>/, '')
        expect(rest).not.toMatch(/[<>]/)
      }),
      { numRuns: 500 },
    )
  })
})

describe('length', () => {
  test('a text longer than Slack takes is cut, says so, and cuts nothing in two', () => {
    for (let pad = 0; pad < 60; pad++) {
      const text = slack(
        `${'x'.repeat(2860 + pad)} {{person lead}} {{time now}} & 😀😀😀😀😀😀 ${'y'.repeat(500)}`,
      )

      expect(text.length).toBeLessThanOrEqual(3000)
      expect(text).toMatch(/\n… \(cut here: 3,\d+ characters, Slack takes 3,000\)$/)
      expect((text.match(/</g) ?? []).length).toBe((text.match(/>/g) ?? []).length)
      expect(text).not.toMatch(/&(?!amp;)/)
      expect(text).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/)
    }
  })

  test('a text that fits is left alone', () => {
    expect(slack('x'.repeat(3000))).toBe('x'.repeat(3000))
  })
})

describe('what cannot be written', () => {
  test.each<[string, NoticeMedium, RegExp]>([
    ['{{reason.text', 'slack', /cannot be read/],
    ['{{cutover.titel}}', 'slack', /has no value that can be written/],
    ['{{cutover.constructor}}', 'slack', /has no value that can be written/],
    ['{{lead}}', 'slack', /has no value that can be written/],
    ['{{tyme now}}', 'slack', /could not be written/],
    ['x', 'email', /needs a subject/],
    ['--- json\n[1]', 'webhook', /one JSON object/],
  ])('%j is a TemplateError with a hint', (template, medium, message) => {
    const render = () => renderNotice({ template, medium, context: FULL_NOTICE })

    expect(render).toThrow(message)
    expect(render).toThrow(TemplateError)
  })
})

describe('the notices of ward-ops', () => {
  test('the start notice says when, how long, what may be late, and whom to ask', () => {
    expect(slack(notice('start'))).toBe(
      [
        'Heads up: Ward OPS from SQLite to PostgreSQL begins <!date^1795213800^{date_short_pretty} {time}|20 Nov 2026 22:30 UTC>.',
        'Ward OPS may be read-only for up to 60 min; we expect to be done by <!date^1795216500^{date_short_pretty} {time}|20 Nov 2026 23:15 UTC>.',
        'Monitoring and alerts may be delayed while it lasts.',
        'For anything urgent, contact <@U024NINO>.',
      ].join('\n'),
    )
  })

  test('the completion notice says where it runs, where to report, how long it is watched and what comes next', () => {
    expect(renderNotice({ template: notice('completion'), medium: 'email', context: FULL_NOTICE })).toEqual({
      subject: 'Ward OPS now runs on PostgreSQL',
      text: [
        'The migration is complete: Ward OPS runs on PostgreSQL as of 21 Nov 2026 02:30 (Asia/Tbilisi).',
        'It was down or read-only for 38 min.',
        'Please report anything odd in #ops.',
        'We watch it closely for the next hour, until 21 Nov 2026 04:30 (Asia/Tbilisi).',
        'Next verification window: 21 Nov 2026 03:30 (Asia/Tbilisi) (First hour).',
        'Questions: Nino Beridze.',
      ].join('\n'),
    })
  })

  test('the rollback notice says when, where it runs again, and what follows', () => {
    expect(renderNotice({ template: notice('rollback'), medium: 'email', context: FULL_NOTICE }).text).toBe(
      [
        'The migration was rolled back at 02:30 (Asia/Tbilisi). All systems are back on SQLite.',
        'It was decided by Nino Beridze at 03:00 (Asia/Tbilisi): the sides differ',
        'A post-mortem follows, and the migration will be rescheduled; we will announce the new date.',
        'Questions: Nino Beridze.',
      ].join('\n'),
    )
  })
})
