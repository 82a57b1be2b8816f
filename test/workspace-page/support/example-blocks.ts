import type { KnownBlock, ModalView } from '@slack/types'

/** Messages like those of a cutover, so that what is tested looks like what will be shown. */

export function gateCard(open: boolean): KnownBlock[] {
  const criterion = (mark: string, text: string, age: string): KnownBlock => ({
    type: 'section',
    block_id: `criterion-${text.slice(0, 12).replaceAll(' ', '-')}`,
    text: { type: 'mrkdwn', text: `${mark} *${text}*  ${age}` },
  })
  return [
    { type: 'header', block_id: 'title', text: { type: 'plain_text', text: 'Go or no-go?' } },
    {
      type: 'context',
      block_id: 'terms',
      elements: [
        {
          type: 'mrkdwn',
          text: 'Round 1 · needs *lead* 1, *observer* 1, one of them not the opener · by 02:28',
        },
      ],
    },
    criterion('✓', 'PostgreSQL answers', '15.18, 4 ms · 12 s ago'),
    criterion('✓', 'Nobody writes to SQLite', '0 holders · 9 s ago'),
    criterion('✗', 'Free disk on target', '18 % (needs ≥ 30 %) · 11 s ago'),
    { type: 'divider', block_id: 'line' },
    open
      ? {
          type: 'actions',
          block_id: 'votes',
          elements: [
            {
              type: 'button',
              action_id: 'go',
              value: 'round-1',
              style: 'primary',
              text: { type: 'plain_text', text: 'GO' },
              confirm: {
                title: { type: 'plain_text', text: 'Give your GO?' },
                text: {
                  type: 'mrkdwn',
                  text: 'The migration of *Ward OPS* starts as soon as the observer agrees.',
                },
                confirm: { type: 'plain_text', text: 'Give GO' },
                deny: { type: 'plain_text', text: 'Not yet' },
              },
            },
            {
              type: 'button',
              action_id: 'no_go',
              value: 'round-1',
              style: 'danger',
              text: { type: 'plain_text', text: 'NO-GO…' },
            },
          ],
        }
      : {
          type: 'section',
          block_id: 'decision',
          text: { type: 'mrkdwn', text: '*GO* was given by the lead. Evidence in the thread.' },
        },
  ]
}

export const BOARD: KnownBlock[] = [
  { type: 'header', text: { type: 'plain_text', text: 'Ward OPS → PostgreSQL · production · LIVE' } },
  {
    type: 'section',
    fields: [
      { type: 'mrkdwn', text: '*State*\nRUNNING · phase 4 of 7, Migrate' },
      { type: 'mrkdwn', text: '*Forecast*\ndone 03:12–03:19 · window ends 03:30' },
      { type: 'mrkdwn', text: '*Turn back by*\n03:02 (rolling back takes 6 min)' },
      { type: 'mrkdwn', text: '*Open*\nmaintenance since 02:31 (17 min)' },
    ],
  },
  {
    type: 'rich_text',
    elements: [
      {
        type: 'rich_text_preformatted',
        elements: [
          {
            type: 'text',
            text: 'Copy the data   ▓▓▓▓▓▓▓▓▓▓░░░░  71 %   2.1 of 3.0 M rows · 21,400 rows/s · 40 s left',
          },
        ],
      },
      {
        type: 'rich_text_list',
        style: 'bullet',
        elements: [
          {
            type: 'rich_text_section',
            elements: [
              { type: 'text', text: 'Final backup ' },
              { type: 'text', text: 'done', style: { bold: true } },
            ],
          },
          {
            type: 'rich_text_section',
            elements: [
              { type: 'text', text: 'Copy the data, ' },
              { type: 'text', text: 'running', style: { italic: true } },
            ],
          },
        ],
      },
      { type: 'rich_text_quote', elements: [{ type: 'text', text: 'Nobody writes to SQLite since 02:31.' }] },
    ],
  },
  {
    type: 'actions',
    elements: [
      { type: 'button', action_id: 'hold', text: { type: 'plain_text', text: 'Hold' } },
      {
        type: 'button',
        action_id: 'rollback',
        style: 'danger',
        text: { type: 'plain_text', text: 'Roll back…' },
      },
      {
        type: 'button',
        action_id: 'runbook',
        url: 'https://example.com/runbook',
        text: { type: 'plain_text', text: 'Runbook' },
      },
      {
        type: 'static_select',
        action_id: 'pick',
        placeholder: { type: 'plain_text', text: 'Assign a role…' },
        options: [
          { text: { type: 'plain_text', text: 'Lead' }, value: 'lead' },
          { text: { type: 'plain_text', text: 'Observer' }, value: 'observer' },
        ],
      },
      {
        type: 'overflow',
        action_id: 'more',
        options: [
          { text: { type: 'plain_text', text: 'Plan' }, value: 'plan' },
          { text: { type: 'plain_text', text: 'Details' }, value: 'details' },
        ],
      },
    ],
  },
]

export const TIMELINE: KnownBlock[] = [
  {
    type: 'markdown',
    text: '### Completed 03:09\n\n**39 min** of 60 · read-only ~~40~~ 38 min\n\n- [x] Backup verified\n- [ ] Customers told\n\n| Step | Actual |\n|---|---|\n| `Copy the data` | 2 m 20 s |\n',
  },
  {
    type: 'table',
    column_settings: [{}, { align: 'right' }, { align: 'right' }, { is_wrapped: true }],
    rows: [
      ['Step', 'Planned', 'Actual', 'Note'].map((text) => ({ type: 'raw_text' as const, text })),
      ['Final backup', '2 m', '1 m 52 s', 'ward-db'].map((text) => ({ type: 'raw_text' as const, text })),
      ['Copy the data', '10 m', '2 m 20 s', '3,012,884 rows'].map((text) => ({
        type: 'raw_text' as const,
        text,
      })),
      ['Compare by content', '3 m', '44 s', '0 differences'].map((text) => ({
        type: 'raw_text' as const,
        text,
      })),
    ],
  },
  {
    type: 'image',
    image_url: 'https://example.com/chart.png',
    alt_text: 'Planned against actual, as a chart',
  },
]

export function startModal(): ModalView {
  const plain = (text: string) => ({ type: 'plain_text' as const, text })
  const option = (text: string, value: string) => ({ text: plain(text), value })
  return {
    type: 'modal',
    callback_id: 'start',
    title: plain('Start a cutover'),
    submit: plain('Open the cutover'),
    close: plain('Cancel'),
    blocks: [
      {
        type: 'section',
        text: {
          type: 'mrkdwn',
          text: 'Ward OPS moves from *SQLite* to *PostgreSQL*. Nothing changes until T-0.',
        },
      },
      {
        type: 'input',
        block_id: 'runbook',
        label: plain('Runbook'),
        element: {
          type: 'static_select',
          action_id: 'value',
          initial_option: option('Ward OPS', 'ward-ops'),
          options: [option('Ward OPS', 'ward-ops'), option('Orders', 'orders')],
        },
      },
      {
        type: 'input',
        block_id: 'name',
        label: plain('Name of the channel'),
        hint: plain('Lower-case letters, digits and dashes.'),
        element: { type: 'plain_text_input', action_id: 'value', placeholder: plain('cutover-ward-ops') },
      },
      {
        type: 'input',
        block_id: 'lead',
        label: plain('Lead'),
        element: { type: 'users_select', action_id: 'value', placeholder: plain('Who leads?') },
      },
      {
        type: 'input',
        block_id: 'observers',
        optional: true,
        label: plain('Observers'),
        element: { type: 'multi_users_select', action_id: 'value', placeholder: plain('Add somebody') },
      },
      {
        type: 'input',
        block_id: 'window',
        label: plain('Window starts'),
        element: { type: 'datetimepicker', action_id: 'value', initial_date_time: 1_795_141_800 },
      },
      {
        type: 'input',
        block_id: 'minutes',
        label: plain('Minutes'),
        element: {
          type: 'number_input',
          action_id: 'value',
          is_decimal_allowed: false,
          min_value: '1',
          max_value: '600',
          initial_value: '60',
        },
      },
      {
        type: 'input',
        block_id: 'environment',
        label: plain('Environment'),
        element: {
          type: 'radio_buttons',
          action_id: 'value',
          initial_option: option('Demo, a rehearsal', 'demo'),
          options: [option('Demo, a rehearsal', 'demo'), option('Production, LIVE', 'production')],
        },
      },
      {
        type: 'input',
        block_id: 'notices',
        optional: true,
        label: plain('Notices'),
        element: {
          type: 'checkboxes',
          action_id: 'value',
          options: [
            { ...option('Tell #ops', 'ops'), description: plain('One thread for the whole cutover') },
            option('Send mail', 'mail'),
          ],
        },
      },
    ],
  }
}
