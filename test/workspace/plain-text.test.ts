import { describe, expect, it } from 'vitest'
import { DEFAULT_MANIFEST, installApp } from '../../src/workspace/app-manifest.ts'
import { plainText, readable } from '../../src/workspace/plain-text.ts'
import { State } from '../../src/workspace/state.ts'

const state = new State(installApp(DEFAULT_MANIFEST))
const ana = state.findUser('ana')!.id
const ops = state.findChannel('ops')!.id
const oncall = [...state.groups.values()].find(({ handle }) => handle === 'dba-oncall')!.id
const plain = (text: string) => ({ type: 'plain_text', text })
const richText = (...elements: object[]) => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements }],
})

describe('references', () => {
  it.each([
    [`<@${ana}> in <#${ops}>`, '@ana in #ops'],
    [`<@${ana}|someone> in <#${ops}|other>`, '@ana in #ops'],
    ['<@U000|lost>', '@lost'],
    [`<!subteam^${oncall}> <!here> <!channel>`, '@dba-oncall @here @channel'],
    ['at <!date^1800000000^{time}|08:00 UTC>', 'at 08:00 UTC'],
    ['<https://example.test|runbook> <https://example.test>', 'runbook https://example.test'],
    ['1 &lt; 2 &amp;&amp; 3 &gt; 2', '1 < 2 && 3 > 2'],
    ['&amp;lt;', '&lt;'],
  ])('%s', (text, shown) => {
    expect(readable(state, text)).toBe(shown)
  })
})

describe('blocks', () => {
  it.each<[string, object, string]>([
    [
      'section',
      {
        type: 'section',
        text: plain('one'),
        fields: [plain('two'), plain('three')],
        accessory: { type: 'button', action_id: 'go', text: plain('GO') },
      },
      'one\ntwo\nthree\n[GO](go)',
    ],
    ['header', { type: 'header', text: plain('Board') }, 'Board'],
    ['markdown', { type: 'markdown', text: '**bold**' }, '**bold**'],
    ['divider', { type: 'divider' }, ''],
    [
      'context',
      { type: 'context', elements: [plain('a'), { type: 'image', alt_text: 'a lamp', image_url: 'x:y' }] },
      'a a lamp',
    ],
    [
      'actions',
      {
        type: 'actions',
        elements: [
          { type: 'button', action_id: 'go', text: plain('GO') },
          { type: 'users_select', action_id: 'who', placeholder: plain('Who?') },
        ],
      },
      '[GO](go) [Who?](who)',
    ],
    [
      'input',
      {
        type: 'input',
        label: plain('Name'),
        hint: plain('short'),
        element: { type: 'plain_text_input', action_id: 'name', placeholder: plain('…') },
      },
      'Name\nshort\n[…](name)',
    ],
    [
      'rich text',
      richText(
        { type: 'user', user_id: ana },
        { type: 'text', text: ' wrote ' },
        { type: 'link', url: 'https://example.test' },
        { type: 'emoji', name: 'wave' },
        { type: 'broadcast', range: 'here' },
        { type: 'channel', channel_id: ops },
        { type: 'usergroup', usergroup_id: oncall },
      ),
      '@ana wrote https://example.test:wave:@here#ops@dba-oncall',
    ],
    [
      'table',
      {
        type: 'table',
        rows: [
          [
            { type: 'raw_text', text: 'Backup' },
            { type: 'raw_number', value: 2, text: '2 m' },
          ],
          [{ type: 'raw_text', text: 'Copy' }, richText({ type: 'text', text: '10 m' })],
        ],
      },
      'Backup | 2 m\nCopy | 10 m',
    ],
    [
      'plan',
      {
        type: 'plan',
        title: 'Migrate',
        tasks: [
          {
            type: 'task_card',
            task_id: '1',
            title: 'Copy',
            status: 'complete',
            output: richText({ type: 'text', text: '3 M rows' }),
          },
        ],
      },
      'Migrate\nCopy (complete)\n3 M rows',
    ],
    [
      'container',
      { type: 'container', title: plain('Box'), child_blocks: [{ type: 'header', text: plain('inside') }] },
      'Box\ninside',
    ],
    [
      'carousel',
      {
        type: 'carousel',
        elements: [
          {
            type: 'card',
            title: plain('A'),
            actions: [{ type: 'button', action_id: 'a', text: plain('Open') }],
          },
        ],
      },
      'A\n[Open](a)',
    ],
    [
      'list',
      {
        type: 'rich_text',
        elements: [
          {
            type: 'rich_text_list',
            style: 'bullet',
            elements: ['x', 'y'].map((text) => ({
              type: 'rich_text_section',
              elements: [{ type: 'text', text }],
            })),
          },
        ],
      },
      '• x\n• y',
    ],
  ])('%s', (_kind, block, shown) => {
    expect(plainText(state, [block as Record<string, unknown>])).toBe(shown)
  })
})
