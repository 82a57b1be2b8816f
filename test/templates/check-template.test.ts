import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkTemplate } from '../../src/templates/check-template.ts'
import { HELPERS } from '../../src/templates/helpers.ts'
import { NoticeContext } from '../../src/templates/notice-context.ts'
import type { NoticeMedium } from '../../src/templates/notice-parts.ts'
import { renderNotice } from '../../src/templates/render-notice.ts'
import { BARE_NOTICE, FULL_NOTICE } from '../../src/templates/sample-notice.ts'

function found(
  template: string,
  medium: NoticeMedium = 'slack',
  roles?: readonly string[],
): readonly string[] {
  return checkTemplate(template, medium, roles === undefined ? {} : { roles }).map(
    ({ line, col, message, hint }) => `${line}:${col} ${message} ${hint}`,
  )
}

describe('paths', () => {
  test('a misspelt path names the nearest one, at its line and column', () => {
    expect(found('Hello.\nIt begins {{time planed.start}}.')).toEqual([
      expect.stringMatching(/^2:18 There is no `planed` here\. Did you mean `planned`\?/),
    ])
  })

  test('a misspelt end of a path is found too', () => {
    expect(found('{{time planned.strat}}')[0]).toMatch(
      /^1:8 There is no `strat` here\. Did you mean `start`\?/,
    )
  })

  test('a prototype property is no path', () => {
    expect(found('{{cutover.constructor}}')[0]).toContain('There is no `constructor` here.')
    expect(found('{{cutover.__proto__}}')[0]).toContain('There is no `__proto__` here.')
  })

  test('all findings come at once, in the order of the text', () => {
    const findings = found('{{cutover.titel}} {{time watch.end}}\n{{tyme now}}')

    expect(findings.map((finding) => finding.split(' ')[0])).toEqual(['1:3', '1:26', '2:1'])
  })

  test('what is wrong in Slack and in the mail is said once', () => {
    const findings = checkTemplate('---\nsubject: {{tyme now}}\n---\n{{cutover.titel}}', ['slack', 'email'])

    expect(findings.map(({ line, col }) => [line, col])).toEqual([
      [2, 10],
      [4, 3],
    ])
  })

  test('a path into a list or a text says why it leads nowhere', () => {
    expect(found('{{open.name}}')[0]).toContain('`name` is asked of a list. Go through it with `{{#each}}`.')
    expect(found('{{cutover.title.length}}')[0]).toContain('asked of a single value')
  })

  test('`../` out of the notice is found', () => {
    expect(found('{{../cutover.title}}')[0]).toContain('leads out of the notice')
    expect(found('{{#if reason}}{{../cutover.title}}{{/if}}')[0]).toContain('leads out of the notice')
  })
})

describe('optional values', () => {
  test('an optional value without a guard is a finding that shows the guard', () => {
    expect(found('{{reason.text}}')).toEqual([
      '1:3 `reason` is not always there. Write `{{#if reason}}…{{/if}}` around it.',
    ])
    expect(found('{{time rollback.finished.at}}')[0]).toContain('`rollback` is not always there')
  })

  test.each([
    '{{#if reason}}{{reason.text}}{{/if}}',
    '{{#unless reason}}none{{else}}{{reason.text}}{{/unless}}',
    '{{#with reason}}{{text}} {{person by}}{{/with}}',
    '{{#with reason as |why|}}{{why.text}} {{cutover.title}}{{/with}}'.replace('cutover', '../cutover'),
    '{{#if watch}}-{{else if next}}{{next.title}}{{else}}nothing{{/if}}',
    '{{#if rollback}}{{#if rollback.finished}}{{time rollback.finished.at}}{{/if}}{{/if}}',
    '{{#each closed as |state place|}}{{place}} {{state.name}} {{duration length}}{{#unless @last}}, {{/unless}}{{/each}}',
    '{{#each people}}{{#if @root.reason}}{{../reason.text}}{{/if}}{{/each}}',
    '{{#each holders as |holder role|}}{{role}} {{@key}}: {{person holder.person}}{{/each}}',
    '{{#if holders.observer}}{{person holders.observer.person}}{{/if}}',
    '{{#each links}}{{link this}}{{/each}}',
    '{{#if decision}}{{#each decision.people as |who|}}{{person who}}{{/each}}{{/if}}',
    '{{#if cutover.rehearsal}}a trial{{/if}} {{time now show="time" zone="UTC"}}',
    '{{#if compared}}{{number compared.rows}} {{compared.differences}}{{/if}}{{#if backup}}{{bytes backup.size}}{{/if}}',
  ])('%s is in order, and renders with every part and with none', (template) => {
    expect(found(template)).toEqual([])
    for (const context of [FULL_NOTICE, BARE_NOTICE]) {
      expect(() => renderNotice({ template, medium: 'slack', context })).not.toThrow()
    }
  })

  test.each([
    ['{{#if reason}}x{{else}}{{reason.text}}{{/if}}', '`reason` is not always there'],
    ['{{#unless reason}}{{reason.text}}{{/unless}}', '`reason` is not always there'],
    ['{{#if reason}}{{/if}}{{reason.text}}', '`reason` is not always there'],
    ['{{#if reason}}{{watch.end}}{{/if}}', '`watch` is not always there'],
    ['{{#if rollback.by}}x{{/if}}', '`rollback` is not always there'],
    ['{{#if rollback.finished.at}}x{{/if}}', '`rollback` is not always there'],
    ['{{person holders.observer.person}}', '`holders.observer` is not always there'],
  ])('%s is not guarded', (template, message) => {
    expect(found(template).join('\n')).toContain(message)
    const context = template.includes('watch') ? { ...BARE_NOTICE, reason: FULL_NOTICE.reason } : BARE_NOTICE
    expect(() => renderNotice({ template, medium: 'slack', context })).toThrow()
  })

  test('a misspelt role is found when the roles are known', () => {
    const template = '{{#if holders.obsever}}{{person holders.obsever.person}}{{/if}}'

    expect(found(template)).toEqual([])
    expect(found(template, 'slack', ['lead', 'observer'])[0]).toContain('Did you mean `observer`?')
  })
})

describe('helpers and blocks', () => {
  test.each([
    ['{{tyme now}}', 'There is no helper `tyme`. Did you mean `time`?'],
    ['{{time}}', '`time` takes one value, and here are 0.'],
    ['{{time now now}}', '`time` takes one value, and here are 2.'],
    ['{{time lead}}', '`time` takes a time, and `lead` is a person. Write `{{person lead}}`.'],
    ['{{person cutover.title}}', '`person` takes a person, and `cutover.title` is text.'],
    ['{{time "02:30"}}', '`time` takes a value of the notice.'],
    ['{{time (duration now)}}', '`time` takes a value of the notice.'],
    ['{{time now shown="date"}}', '`time` has no `shown=`. Did you mean `show=`?'],
    ['{{time now show="hour"}}', '`show="hour"` is not known. One of "full", "date", "time".'],
    ['{{time now zone="Europe/Berlim"}}', '`zone="Europe/Berlim"` is not known.'],
    ['{{time now zone=window.zone}}', '`zone=` takes a text in quotes.'],
    ['{{duration window.length style="x"}}', '`duration` has no `style=`.'],
    [
      '{{planned.start}}',
      '`planned.start` is a time, which cannot be written as it is. Write `{{time planned.start}}`.',
    ],
    ['{{lead}}', 'Write `{{person lead}}`.'],
    ['{{cutover}}', 'Name a value in it: cutover.id, cutover.title'],
    ['{{cutover.rehearsal}}', 'Use it as a condition'],
    ['{{open}}', 'Go through it: `{{#each open}}'],
    ['{{"cutover"}}', 'is not a value of the notice'],
    ['{{{cutover.title}}}', 'Values are never written raw. Write `{{cutover.title}}` with two braces.'],
    ['{{&cutover.title}}', 'Values are never written raw.'],
    ['{{> footer}}', 'A notice has no partials'],
    ['{{#*inline "x"}}y{{/inline}}', 'A notice has no partials'],
    ['{{lookup cutover "title"}}', 'There is no helper `lookup`.'],
    ['{{log now}}', 'There is no helper `log`.'],
    ['{{#iff reason}}x{{/iff}}', 'There is no block `iff`. Did you mean `{{#if …}}`?'],
    ['{{#reason}}x{{/reason}}', 'There is no block `reason`.'],
    ['{{#if}}x{{/if}}', '`{{#if}}` takes one value of the notice and nothing else.'],
    ['{{#if reason includeZero=true}}x{{/if}}', 'takes one value of the notice and nothing else'],
    ['{{#if reason as |why|}}x{{/if}}', '`{{#if}}` names nothing.'],
    ['{{#each cutover}}x{{/each}}', '`{{#each}}` takes a list, and `cutover` is a group of values.'],
    ['{{#with open}}x{{/with}}', '`{{#with}}` takes a group of values, and `open` is a list.'],
    ['{{@index}}', '`@index` is not known here.'],
    ['{{#each open}}{{@indx}}{{/each}}', '`@indx` is not known here.'],
  ])('%s is refused', (template, message) => {
    expect(found(template).join('\n')).toContain(message)
  })

  test('no value at the top of the context bears the name of a helper, which would hide it', () => {
    const names = Object.keys(NoticeContext.shape)

    expect(names.filter((name) => Object.hasOwn(HELPERS, name))).toEqual([])
  })
})

describe('the promise of the check', () => {
  const leaf = fc.constantFrom(
    '{{cutover.title}}',
    '{{reason.text}}',
    '{{person reason.by}}',
    '{{time watch.end}}',
    '{{time rollback.finished.at}}',
    '{{text}}',
    '{{person by}}',
    '{{person person}}',
    '{{person holders.lead.person}}',
    '{{name}} {{time since}}',
    '{{../reason.text}}',
    '{{../../cutover.title}}',
    '{{@root.reason.text}}',
    '{{@index}} {{@key}}',
    '{{a.text}}',
    '{{a.name}}',
    '{{b}}',
    '{{this}}',
    '{{link this}}',
    '{{lead}}',
  )
  const path = fc.constantFrom(
    'reason',
    'watch',
    'rollback',
    'rollback.finished',
    'holders.lead',
    'decision.people',
    'open',
    'people',
    'holders',
    'links',
    'lead',
    'cutover.rehearsal',
    '../reason',
    '@root.reason',
    'this',
    'a',
    '@first',
  )
  const { template } = fc.letrec<{ template: string; piece: string }>((tie) => ({
    piece: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc
        .tuple(
          fc.constantFrom('if', 'unless', 'with', 'each', 'each+', 'with+'),
          path,
          tie('template'),
          tie('template'),
        )
        .map(([block, one, then, otherwise]) => {
          const names = block === 'each+' ? ' as |a b|' : block === 'with+' ? ' as |a|' : ''
          const name = block.replace('+', '')
          return `{{#${name} ${one}${names}}}${then}{{else}}${otherwise}{{/${name}}}`
        }),
    ),
    template: fc.array(tie('piece'), { maxLength: 2 }).map((pieces) => pieces.join('')),
  }))

  test('a template without findings renders, whatever is there and whatever is not', () => {
    let passed = 0
    fc.assert(
      fc.property(template, (text) => {
        const source = `${text}.`
        if (found(source).length > 0) return
        passed += text === '' ? 0 : 1
        for (const context of [FULL_NOTICE, BARE_NOTICE]) {
          expect(renderNotice({ template: source, medium: 'slack', context }).text).not.toContain('[object')
        }
      }),
      { numRuns: 10_000 },
    )
    expect(passed).toBeGreaterThan(100)
  })
})

describe('a template that cannot be read', () => {
  test.each([
    ['one\n  {{#if reason}} two', '2:3 `{{#if}}` is never closed.'],
    ['{{#if reason}}\n{{#each open}}x{{/each}}', '1:1 `{{#if}}` is never closed.'],
    ['one\n {{#if reason}}x{{/each}}', '2:5 The block that `{{#if}}` opens is closed by `{{/each}}`.'],
    [
      'one two three four five\n\nsix seven {{time now | 3}}',
      '3:22 The template cannot be read from here on.',
    ],
    ['{{else}}', '1:1 The template cannot be read from here on.'],
    ['ok {{', '1:6 The template cannot be read from here on.'],
  ])('%j says where', (template, message) => {
    expect(found(template)[0]).toContain(message)
  })
})

describe('the parts of a file', () => {
  test('a mail needs a subject, Slack does not', () => {
    expect(found('Hello.', 'slack')).toEqual([])
    expect(found('Hello.', 'email')[0]).toContain('A mail needs a subject')
    expect(found('---\nsubject: Hello\n---\nHello.', 'email')).toEqual([])
  })

  test('a finding in the subject or in a section stands where the file has it', () => {
    const template = '---\nsubject: At {{time planed.start}}\n---\nHello.\n--- html\n<p>{{cutover.titel}}</p>'

    expect(found(template, 'email').map((one) => one.split(' ')[0])).toEqual(['2:20', '6:6'])
  })

  test.each([
    ['---\nsubjekt: x\n---\nHello.', '2:1 The head of a notice knows no `subjekt`.'],
    ['---\nsubject: x\nHello.', '1:1 The head that `---` opens is never closed.'],
    ['Hello.\n--- slak\nx', '2:1 There is no section `slak`. Did you mean `--- slack`?'],
    ['Hello.\n--- slack\nx\n--- slack\ny', '4:1 The section `slack` is here twice.'],
    ['---\nsubject: x\n---\n', '1:1 The template has no text.'],
    ['x'.repeat(20_001), 'The template has 20,001 characters'],
  ])('%j is refused', (template, message) => {
    expect(found(template).join('\n')).toContain(message)
  })

  test('a webhook takes sentences, or a section that is JSON with all values and with none', () => {
    expect(found('Hello.', 'webhook')).toEqual([])
    expect(found('Hello.\n--- json\n{"at": "{{time now}}"}', 'webhook')).toEqual([])
    const comma = '--- json\n{"at": "{{time now}}",{{#if reason}} "why": "{{reason.text}}"{{/if}} }'
    expect(found(comma, 'webhook')[0]).toContain('is not JSON once it is written')
  })
})

describe('the notices of ward-ops', () => {
  test.each(['start', 'completion', 'rollback'])('%s is in order for Slack and mail', (name) => {
    const template = readFileSync(new URL(`../../runbooks/ward-ops/${name}.hbs`, import.meta.url), 'utf8')

    for (const medium of ['slack', 'email'] as const) {
      expect(found(template, medium, ['lead', 'observer', 'communicator'])).toEqual([])
    }
  })
})
