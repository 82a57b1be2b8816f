import { z } from 'zod'
import { ButtonValue, type ActionId } from '../ids.ts'

/**
 * What forms and the listeners of their submission agree on: where each answer stands and what a form remembers.
 * A modal answers `values[block_id][ANSWER]`.
 */

/** action_id of every input, so that its block_id alone finds an answer. */
export const ANSWER = 'answer'

export const INPUTS = {
  reason: 'reason',
  note: 'note',
  /** A time as people write it; see `parseTime`. */
  time: 'time',
  /** What is typed to roll back, or to abandon what is in force. */
  name: 'name',
  role: 'role',
  person: 'person',
  backup: 'backup',
  /** `wait` or `cancel`. */
  running: 'running',
  trigger: 'trigger',
  /** Which of several ways back. */
  option: 'option',
  /** Which criterion is overridden, which issue is closed: what stands here is the `part` of the button. */
  part: 'part',
  severity: 'severity',
  kind: 'kind',
  /** A role, or words, where `person` is nobody. */
  owner: 'owner',
  ticket: 'ticket',
  count: 'count',
  wentWell: 'went-well',
  improve: 'improve',
  actions: 'actions',
  /** Which cutover a note belongs to. */
  cutover: 'cutover',
  runbook: 'runbook',
  start: 'start',
} as const

/** Inputs of which a form may have several; the part after the slash is the name they stand for. */
export const inputOf = {
  field: (name: string) => `field/${name}`,
  item: (item: string) => `item/${item}`,
  holder: (role: string) => `holder/${role}`,
  backup: (role: string) => `backup/${role}`,
  variable: (name: string) => `var/${name}`,
  choice: (choice: string) => `choice/${choice}`,
  /** Its own for each runbook: Slack keeps a choice whose block_id stays, although it is no option any more. */
  environment: (runbook: string) => `environment/${runbook}`,
  leftOwner: (state: string) => `left-owner/${state}`,
  leftReason: (state: string) => `left-reason/${state}`,
} as const

/** The app hears of these choices at once and draws the form again. */
export const START_CHOICES = { runbook: 'start.runbook', environment: 'start.environment' } as const

/** What the form for one action remembers: which button it came from. */
export const ActMemory = ButtonValue.extend({ action: z.string() })
export type ActMemory = Omit<z.infer<typeof ActMemory>, 'action'> & { readonly action: ActionId }

export const StartMemory = z.object({
  /** Makes pressing twice open once. */
  key: z.string(),
  channel: z.string().optional(),
  runbook: z.string().optional(),
  environment: z.string().optional(),
  /** The environment whose plan this form has shown. */
  previewed: z.string().optional(),
})
export type StartMemory = z.infer<typeof StartMemory>

export const NoteMemory = z.object({
  cutover: z.string().optional(),
  /** Who wrote the message. */
  author: z.string().optional(),
  link: z.string().optional(),
})
export type NoteMemory = z.infer<typeof NoteMemory>

export const remember = (memory: object): string => JSON.stringify(memory)

/** Null when the text is not what one of our forms remembers. */
export function recall<T>(schema: z.ZodType<T>, text: string | undefined): T | null {
  try {
    const parsed = schema.safeParse(JSON.parse(text ?? ''))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}
