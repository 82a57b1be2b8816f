import type { OffsetText } from '../values/offset.ts'
import type { Entry } from './blocks.ts'
import { isGate } from './gate.ts'
import type { Section } from './outline.ts'
import { allSections } from './outline.ts'
import { entriesBelow } from './people.ts'
import { clockIn, dayClockIn, timeIn } from './times.ts'
import type { FoundTime } from './times.ts'
import { withoutNumber } from './words.ts'

/** A stretch of the Markdown that becomes a phase. */
export interface Stretch {
  readonly title: string
  readonly at?: OffsetText
  readonly section: Section
  readonly isGate: boolean
}

const TIMELINE = /^timeline\b/i

/** Headings with a time of their own begin a phase; what has none stays with the phase that it stands in. */
export function stretchesOf(section: Section, zeroClock?: string): Stretch[] {
  const timeline = section.sections.find(({ title, blocks }) => TIMELINE.test(title) && blocks.length === 0)
  const children = section.sections.filter((child) => child !== timeline)
  const own = timeOf(section, zeroClock) ?? (timeline && timeOf(timeline, zeroClock))
  const isTimed = (child: Section) => isGate(child) || timeOf(child, zeroClock) !== undefined
  const first = children.findIndex(isTimed)
  if (first < 0 || isGate(section)) return [stretch({ ...section, sections: children }, own)]
  const before = { ...section, sections: children.slice(0, first) }
  const groups: Section[] = []
  for (const child of children.slice(first)) {
    const last = groups.at(-1)
    if (isTimed(child) || last === undefined) groups.push(child)
    else groups[groups.length - 1] = { ...last, sections: [...last.sections, child] }
  }
  return [
    ...(before.blocks.length + before.sections.length > 0 ? [stretch(before, own)] : []),
    ...groups.flatMap((group) => stretchesOf(group, zeroClock)),
  ]
}

function stretch(section: Section, time: FoundTime | undefined): Stretch {
  const isOwn = time !== undefined && section.title.includes(time.rest)
  const bare = withoutNumber(isOwn && time.rest !== '' ? time.rest : section.title)
  return {
    title: bare || section.title,
    section,
    isGate: isGate(section),
    ...(time === undefined ? {} : { at: time.at }),
  }
}

const timeOf = ({ title }: Section, zeroClock: string | undefined) =>
  timeIn(withoutNumber(title), {
    dayHeading: /\bday\b/i.test(title),
    ...(zeroClock === undefined ? {} : { zeroClock }),
  })

const BEGINS =
  /\bbegin|\bstart|stop (?:traffic|writes|services?|app)|maintenance (?:mode )?on|go live|cut-?over\b/i

/** The clock time that the document means by T-0: of the entry on the day that begins the work. */
export function zeroClockOf(root: Section): string | undefined {
  const onTheDay = (text: string) => dayClockIn(text) ?? clockIn(withoutNumber(text))
  const texts = [
    ...entriesBelow(root).map((entry: Entry) => entry.text),
    ...allSections(root).map(({ title }) => title),
  ].filter((text) => onTheDay(text) !== undefined)
  const chosen = texts.find((text) => BEGINS.test(text)) ?? texts[0]
  return chosen === undefined ? undefined : onTheDay(chosen)
}
