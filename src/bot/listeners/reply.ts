import type { KnownBlock, ModalView } from '@slack/types'

/** What a person gets back for a command, a click or a form. Texts are finished mrkdwn; errors are plain. */
export type Reply =
  /** It is done, and what changed shows by itself; `said` is for where nothing would show. */
  | { readonly kind: 'done'; readonly said?: string }
  /** Seen by this person only. */
  | { readonly kind: 'say'; readonly text: string; readonly blocks?: readonly KnownBlock[] }
  /** The form stays open, with what is wrong beside each input (by block_id). */
  | { readonly kind: 'errors'; readonly errors: Readonly<Record<string, string>> }
  /** Another view takes the form's place. */
  | { readonly kind: 'view'; readonly view: ModalView }

export const done = (said?: string): Reply => ({ kind: 'done', ...(said === undefined ? {} : { said }) })
export const say = (text: string, blocks?: readonly KnownBlock[]): Reply => ({
  kind: 'say',
  text,
  ...(blocks === undefined ? {} : { blocks }),
})
export const errors = (found: Readonly<Record<string, string>>): Reply => ({ kind: 'errors', errors: found })

/** The same answer where there is no form to show it in. */
export function asText(reply: Reply): string | undefined {
  switch (reply.kind) {
    case 'done':
      return reply.said
    case 'say':
      return reply.text
    case 'errors':
      return Object.values(reply.errors).join('\n')
    case 'view':
      return undefined
  }
}
