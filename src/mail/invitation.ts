import ical, { ICalCalendarMethod, ICalEventStatus } from 'ical-generator'
import type { MeetingInvitation } from '../app/notice-means.ts'

export interface CalendarPart {
  /** iCalendar method of the mail. */
  readonly method: 'REQUEST' | 'CANCEL'
  readonly content: string
}

/** A meeting as calendars take it: the same UID each time, so that a change replaces what they have. */
export function invitationOf(
  meeting: MeetingInvitation,
  mail: { readonly from: string; readonly to: readonly string[]; readonly text: string },
): CalendarPart {
  const { uid, title, start, end, zone, sequence, agenda, cancelled } = meeting
  const method = cancelled === true ? ICalCalendarMethod.CANCEL : ICalCalendarMethod.REQUEST
  const address = /<([^>]+)>/.exec(mail.from)?.[1] ?? mail.from
  const calendar = ical({ prodId: { company: 'Cutover', product: 'Cutover' }, method })
  const points = agenda.map((point, index) => `${index + 1}. ${point}`)
  const event = calendar.createEvent({
    id: `${uid}@${address.split('@')[1] ?? 'cutover.invalid'}`,
    sequence,
    start: new Date(start),
    end: new Date(end),
    summary: title,
    description: [
      ...points,
      ...(points.length > 0 ? [''] : []),
      mail.text,
      '',
      `Time zone of the team: ${zone}`,
    ].join('\n'),
    status: cancelled === true ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
    organizer: { name: 'Cutover', email: address },
  })
  for (const email of mail.to) event.createAttendee({ email, rsvp: true })
  return { method, content: calendar.toString() }
}
