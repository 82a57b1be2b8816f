import { z } from 'zod'

/** What a person sees and does in the local workspace, over its control API (`docs/workspace.md`). */
export interface Control {
  channels(): Promise<readonly ShownChannel[]>
  /** Oldest first. */
  messages(channel: string): Promise<readonly ShownMessage[]>
  people(): Promise<readonly ShownPerson[]>
  command(user: string, channel: string, text: string): Promise<readonly ShownView[]>
  /** Gives the modals that are open afterwards, the visible one last. */
  click(user: string, where: ClickedIn, button: ShownButton): Promise<readonly ShownView[]>
  submit(user: string, view: ShownView, values: Readonly<Record<string, unknown>>): Promise<Submitted>
  views(user: string): Promise<readonly ShownView[]>
  /** What only this person sees, oldest first. */
  whispers(user: string): Promise<readonly ShownMessage[]>
}

export type ClickedIn = { readonly channel: string; readonly ts: string } | { readonly view_id: string }
export type Submitted = { readonly ok: true } | { readonly ok: false; readonly why: string }

const Text = z.object({ text: z.string() })
const Element = z.object({
  type: z.string(),
  action_id: z.string().optional(),
  text: z.union([Text, z.string()]).optional(),
  value: z.string().optional(),
})
const Block = z.object({
  type: z.string(),
  block_id: z.string().default(''),
  text: Text.optional(),
  label: Text.optional(),
  elements: z.array(Element).optional(),
  element: Element.optional(),
  accessory: Element.optional(),
})
type Block = z.infer<typeof Block>

const Message = z.object({
  ts: z.string(),
  userName: z.string(),
  text: z.string(),
  plain: z.string(),
  blocks: z.array(Block).default([]),
})
const Thread = Message.extend({ replies: z.array(Message).default([]) })
const View = z.object({
  id: z.string(),
  callback_id: z.string().default(''),
  plain: z.string(),
  submit: Text.nullish(),
  blocks: z.array(Block).default([]),
})
const Channel = z.object({ id: z.string(), name: z.string(), isDirect: z.boolean() })
const Person = z.object({ id: z.string(), name: z.string(), isBot: z.boolean() })

export type ShownChannel = z.infer<typeof Channel>
export type ShownPerson = z.infer<typeof Person>

export interface ShownButton {
  readonly action: string
  readonly label: string
  readonly value?: string
  readonly block: string
  /** The text right above it. */
  readonly about: string
}

export interface ShownMessage {
  readonly ts: string
  readonly from: string
  /** What a person reads, references by name. */
  readonly text: string
  /** With references as Slack writes them: `<@U…>`. */
  readonly raw: string
  readonly buttons: readonly ShownButton[]
  readonly replies: readonly ShownMessage[]
}

export interface ShownView {
  readonly id: string
  readonly form: string
  readonly text: string
  readonly isForm: boolean
  /** block_ids of what is to be filled in. */
  readonly inputs: readonly { readonly id: string; readonly label: string; readonly type: string }[]
}

export function makeControl(url: string): Control {
  async function ask<T>(path: string, schema: z.ZodType<T>, body?: object): Promise<T> {
    const request = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
    const response = await fetch(`${url}/control/${path}`, request)
    const answer: unknown = await response.json()
    if (!response.ok) throw new Refused(z.object({ hint: z.string().default('') }).parse(answer).hint)
    return schema.parse(answer)
  }

  const Views = z.object({ views: z.array(View).default([]) }).transform(({ views }) => views.map(shownView))
  return {
    channels: () =>
      ask('channels', z.object({ channels: z.array(Channel) })).then((answer) => answer.channels),
    messages: (channel) =>
      ask(`channels/${channel}/messages`, z.object({ messages: z.array(Thread) })).then(({ messages }) =>
        messages.map((thread) => ({ ...shownMessage(thread), replies: thread.replies.map(shownMessage) })),
      ),
    people: () => ask('users', z.object({ users: z.array(Person) })).then((answer) => answer.users),
    command: (user, channel, text) => ask('command', Views, { user, channel, text }),
    click: (user, where, { action, block, value }) =>
      ask('click', Views, {
        user,
        action_id: action,
        block_id: block,
        ...where,
        ...(value === undefined ? {} : { value }),
      }),
    submit: (user, { id }, values) => ask('submit', Submission, { user, view_id: id, values }),
    views: (user) => ask(`users/${user}/views`, Views),
    whispers: (user) =>
      ask(`users/${user}/ephemeral`, z.object({ messages: z.array(Message) })).then(({ messages }) =>
        messages.map(shownMessage),
      ),
  }
}

/** The workspace did not let a person do it, as Slack would not: the button is gone, the form is closed. */
export class Refused extends Error {
  constructor(hint: string) {
    super(hint)
    this.name = 'Refused'
  }
}

const Submission = z
  .object({
    ok: z.boolean(),
    errors: z.record(z.string(), z.string()).optional(),
    hint: z.string().optional(),
  })
  .transform(({ ok, errors = {}, hint }): Submitted =>
    ok ? { ok } : { ok: false, why: [...Object.values(errors), ...(hint ? [hint] : [])].join(' ') },
  )

function shownMessage(message: z.infer<typeof Message>): ShownMessage {
  const { ts, userName, plain, text, blocks } = message
  const raw = [text, ...blocks.map((block) => block.text?.text ?? '')].join('\n')
  return { ts, from: userName, text: plain, raw, buttons: buttonsIn(blocks), replies: [] }
}

function buttonsIn(blocks: readonly Block[]): readonly ShownButton[] {
  let about = ''
  return blocks.flatMap((block) => {
    about = block.text?.text ?? about
    const elements = [...(block.elements ?? []), ...(block.accessory ? [block.accessory] : [])]
    return elements.flatMap((element) => {
      if (element.type !== 'button' || element.action_id === undefined) return []
      return [
        {
          action: element.action_id,
          label: typeof element.text === 'object' ? element.text.text : '',
          ...(element.value === undefined ? {} : { value: element.value }),
          block: block.block_id,
          about,
        },
      ]
    })
  })
}

function shownView({ id, callback_id, plain, submit, blocks }: z.infer<typeof View>): ShownView {
  return {
    id,
    form: callback_id,
    text: plain,
    isForm: submit !== null && submit !== undefined,
    inputs: blocks
      .filter((block) => block.type === 'input')
      .map((block) => ({
        id: block.block_id,
        label: block.label?.text ?? '',
        type: block.element?.type ?? '',
      })),
  }
}
