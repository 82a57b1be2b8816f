import type { JsonValue } from '../schema/primitives.ts'
import type { Block, Entry, Fence, List } from './blocks.ts'
import type { DraftStep } from './draft-step.ts'
import { kindOf } from './draft-step.ts'
import type { FenceContext } from './fences.ts'
import { fenceSteps } from './fences.ts'
import type { Ledger } from './ledger.ts'
import { foundKind } from './ledger.ts'
import type { Section } from './outline.ts'
import { estimateIn, timeIn } from './times.ts'
import { blanksIn, labelIn, roleIn, withoutNumber } from './words.ts'

export interface StepContext extends FenceContext {
  readonly ledger: Ledger
  /** Id → title of the roles that are known by now. */
  readonly roles: ReadonlyMap<string, string>
  readonly zeroClock?: string
}

/** The steps of a section and of everything below it, in reading order. */
export function stepsOfSection(section: Section, context: StepContext): DraftStep[] {
  const bare = withoutNumber(section.title)
  const rest = timeIn(bare, { ...context, dayHeading: /\bday\b/i.test(bare) })?.rest ?? ''
  return [
    ...stepsOfBlocks(section.blocks, withoutNumber(rest === '' ? bare : rest), context),
    ...section.sections.flatMap((inner) => stepsOfSection(inner, context)),
  ]
}

/** `title` names what has no name of its own: a command, a list of points. */
export function stepsOfBlocks(blocks: readonly Block[], title: string, context: StepContext): DraftStep[] {
  const steps: DraftStep[] = []
  let label: string | undefined
  let told: string[] = []
  for (const block of blocks) {
    if (block.kind === 'paragraph') {
      const named = labelIn(block.text)
      if (named !== undefined) label = named
      else if (!estimated(steps, block.text)) told.push(block.text.replaceAll('**', ''), '')
      continue
    }
    const own = label ?? title
    const made = stepsOfBlock(block, own, context)
    steps.push(...withHelp(made, told.slice(0, -1)))
    label = undefined
    told = []
  }
  if (told.length > 0) keepTold(steps, told.slice(0, -1), title, blocks, context)
  return steps
}

function stepsOfBlock(block: Exclude<Block, { kind: 'paragraph' }>, title: string, context: StepContext) {
  if (block.kind === 'fence') return placedFence(block, title, context)
  if (block.kind === 'list') return stepsOfList(block, title, context)
  const items = block.rows.map(({ cells, line }) => {
    context.ledger.place('table row', line, { as: 'item', where: title })
    return cells
      .flatMap((cell, index) =>
        cell === '' ? [] : [index === 0 ? cell : `${block.head[index] ?? ''}: ${cell}`],
      )
      .join(' · ')
  })
  return items.length === 0 ? [] : [doStep(title, block.line, context, { items })]
}

function placedFence(fence: Fence, title: string, context: StepContext): DraftStep[] {
  const steps = fenceSteps(fence, title, context)
  const [first] = steps
  if (first !== undefined)
    context.ledger.place('command', fence.line, {
      as: steps.map(({ document }) => Object.keys(document)[0]).join(', '),
      where: steps.map(({ id }) => id).join(', '),
    })
  return steps
}

/** Tasks and numbered entries are steps; plain points are the items of one. */
function stepsOfList({ entries, line }: List, title: string, context: StepContext): DraftStep[] {
  const isPoints = entries.every(({ kind, blocks }) => kind === 'bullet' && blocks.length === 0)
  const isTimed = entries.some(({ text }) => timeIn(text, context) !== undefined)
  if (!isPoints || isTimed) return entries.flatMap((entry) => stepsOfEntry(entry, context))
  return [pointsStep(entries, title, line, context)]
}

function pointsStep(
  entries: readonly Entry[],
  title: string,
  line: number,
  context: StepContext,
  by?: string,
): DraftStep {
  const { items, fields } = pointsOf(entries, context, title)
  return doStep(title, line, context, {
    ...(by === undefined ? {} : { by }),
    ...(items.length > 0 ? { items } : {}),
    ...(Object.keys(fields).length > 0 ? { fields } : {}),
  })
}

/** Points with a blank become fields; the others items, those of deeper lists behind the point that they stand under. */
function pointsOf(
  entries: readonly Entry[],
  context: StepContext,
  where: string,
  above = '',
): { readonly items: string[]; readonly fields: { [name: string]: JsonValue } } {
  const items: string[] = []
  const fields: { [name: string]: JsonValue } = {}
  for (const entry of entries) {
    const names = blanksIn(entry.text)
    context.ledger.place(foundKind(entry), entry.line, { as: names.length > 0 ? 'field' : 'item', where })
    for (const name of names)
      fields[fieldName(name, fields)] = { type: 'text', label: name || where, optional: true }
    const text = above === '' ? entry.text : `${above}: ${entry.text}`
    const nested = entry.blocks.flatMap((block) => (block.kind === 'list' ? block.entries : []))
    if (names.length === 0 && nested.length === 0) items.push(text)
    const below = pointsOf(nested, context, where, text.length > 120 ? entry.text : text)
    items.push(...below.items)
    Object.assign(fields, below.fields)
    const said = entry.blocks.flatMap((block) => (block.kind === 'paragraph' ? [block.text] : []))
    if (said.length > 0) items.push(`${text}: ${said.join(' ')}`)
  }
  return { items, fields }
}

function fieldName(label: string, taken: object): string {
  const base =
    label
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '_')
      .replaceAll(/^[^a-z]+|_+$/g, '') || 'value'
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? base : `${base}_${number}`
    if (!Object.hasOwn(taken, name)) return name
  }
}

/** A task: a step of its own when it says more than its commands, and the commands below it as steps after it. */
function stepsOfEntry(entry: Entry, context: StepContext): DraftStep[] {
  const found = timeIn(entry.text, context)
  const text = (found?.rest ?? '') === '' ? entry.text : (found?.rest ?? entry.text)
  const at = found === undefined ? {} : { at: found.at }
  const head = { ...headline(text, context), at }
  if (commandsIn(entry.blocks) && blanksIn(entry.text).length === 0) return commandSteps(entry, head, context)
  return [taskStep(entry, head, context)]
}

interface Headline {
  readonly title: string
  readonly by: string | undefined
  readonly help: string | undefined
  readonly at: { readonly at?: JsonValue }
}

const pointsBelow = ({ blocks }: Entry): readonly Entry[] =>
  blocks.flatMap((block) => (block.kind === 'list' ? block.entries : []))

function commandSteps(entry: Entry, { title, at }: Headline, context: StepContext): DraftStep[] {
  const notes = pointsBelow(entry).filter(({ blocks }) => !commandsIn(blocks))
  const [first, ...rest] = withHelp(
    stepsOfBlocks(withoutPoints(entry.blocks, notes), title, context),
    notes.map(({ text }) => `- ${text}`),
  )
  if (first === undefined) return []
  for (const note of notes) placeHelp(note, first.id, context)
  context.ledger.place(foundKind(entry), entry.line, { as: `${kindOf(first)} step`, where: first.id })
  return [{ ...first, document: { ...first.document, ...at } }, ...rest]
}

function taskStep(entry: Entry, { title, by, help, at }: Headline, context: StepContext): DraftStep {
  const { items, fields } = pointsOf(pointsBelow(entry), context, title)
  for (const name of blanksIn(entry.text))
    fields[fieldName(name, fields)] = { type: 'text', label: name || title, optional: true }
  const told = entry.blocks.flatMap((block) => (block.kind === 'paragraph' ? [block.text] : []))
  const said = [help ?? [], told].flat().join('\n\n')
  const step = doStep(title, entry.line, context, {
    ...at,
    ...(by === undefined ? {} : { by }),
    ...(said === '' ? {} : { help: said }),
    ...(items.length > 0 ? { items } : {}),
    ...(Object.keys(fields).length > 0 ? { fields } : {}),
  })
  context.ledger.place(foundKind(entry), entry.line, { as: 'do step', where: step.id })
  return step
}

/** Points beside a command say how to go about it. */
const withoutPoints = (blocks: readonly Block[], points: readonly Entry[]): readonly Block[] =>
  blocks.flatMap((block): Block[] => {
    if (block.kind !== 'list') return [block]
    const entries = block.entries.filter((entry) => !points.includes(entry))
    return entries.length === 0 ? [] : [{ ...block, entries }]
  })

function placeHelp(entry: Entry, where: string, context: StepContext): void {
  context.ledger.place(foundKind(entry), entry.line, { as: 'help', where })
  for (const block of entry.blocks)
    if (block.kind === 'list') for (const inner of block.entries) placeHelp(inner, where, context)
}

const commandsIn = (blocks: readonly Block[]): boolean =>
  blocks.some(
    (block) =>
      block.kind === 'fence' ||
      (block.kind === 'list' && block.entries.some(({ blocks: inner }) => commandsIn(inner))),
  )

const TITLE_MOST = 140

/** A title that fits a line; a longer text keeps its whole in `help`. */
function headline(text: string, { roles }: StepContext) {
  const by = roles.size === 0 ? undefined : ownerOf(text, roles)
  if (text.length <= TITLE_MOST) return { title: text, by, help: undefined }
  const cut =
    /^(.{20,139}?)(?:[.:;] |, (?=e\.g\.)| \()/.exec(text)?.[1] ?? `${text.slice(0, TITLE_MOST - 1)}…`
  return { title: cut, by, help: text }
}

/** `Communicator posts to Slack`: only who stands first does it. */
const ownerOf = (text: string, roles: ReadonlyMap<string, string>): string | undefined => {
  const start = text.slice(0, 40)
  return [...roles].some(([, title]) => start.toLowerCase().startsWith(title.toLowerCase()))
    ? roleIn(start, roles)
    : undefined
}

export function doStep(
  title: string,
  line: number,
  { newId }: Pick<StepContext, 'newId'>,
  more: { readonly [key: string]: JsonValue } = {},
): DraftStep {
  return { id: newId(title), line, document: { do: title, ...more } }
}

/** `**Estimated Time:** 5-10 minutes` belongs to the step above it. */
function estimated(steps: DraftStep[], text: string): boolean {
  const estimate = /^\W*(?:estimated|expected|total expected)/i.test(text) ? estimateIn(text) : undefined
  const last = steps.at(-1)
  if (estimate === undefined || last === undefined) return false
  steps[steps.length - 1] = { ...last, document: { ...last.document, estimate } }
  return true
}

function withHelp(steps: readonly DraftStep[], told: readonly string[]): DraftStep[] {
  const [first, ...rest] = steps
  if (first === undefined || told.length === 0) return [...steps]
  const before = typeof first.document['help'] === 'string' ? [first.document['help']] : []
  return [
    { ...first, document: { ...first.document, help: [told.join('\n'), ...before].join('\n\n') } },
    ...rest,
  ]
}

/** Sentences behind the last step go to it; a section of nothing else is a step that says them. */
function keepTold(
  steps: DraftStep[],
  told: readonly string[],
  title: string,
  blocks: readonly Block[],
  context: StepContext,
): void {
  const last = steps.at(-1)
  if (last === undefined) {
    if (title !== '') steps.push(doStep(title, blocks[0]?.line ?? 1, context, { help: told.join('\n') }))
    return
  }
  const before = typeof last.document['help'] === 'string' ? [last.document['help']] : []
  steps[steps.length - 1] = {
    ...last,
    document: { ...last.document, help: [...before, told.join('\n')].join('\n\n') },
  }
}
