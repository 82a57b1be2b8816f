import { setTimeout as sleep } from 'node:timers/promises'
import { inputOf, START_CHOICES } from '../../../bot/views/forms.ts'
import type { Narrator } from '../../local/narrator.ts'
import type { Control, ShownChannel } from './control.ts'
import { openingAnswers } from './forms.ts'
import { formOf } from './play.ts'
import { TEAM } from './team.ts'

const CHANNEL_WITHIN_MS = 30_000

/** Ana types `/cutover start` in #ops and fills in the form; gives the channel that appears. */
export async function openCutover(
  control: Control,
  runbook: string,
  narrator: Narrator,
): Promise<ShownChannel> {
  const before = new Set((await control.channels()).map(({ id }) => id))
  const who = TEAM.lead
  narrator.say(who, `types  /cutover start ${runbook}  in #ops and fills in the form`)
  await control.command(who, 'ops', `/cutover start ${runbook}`)
  const first = await formOf(control, who)
  // The form is drawn again for the environment, with a preview of its plan.
  await control.click(
    who,
    { view_id: first.id },
    {
      action: START_CHOICES.environment,
      label: '',
      block: inputOf.environment(runbook),
      value: 'demo',
      about: '',
    },
  )
  await sendForm(control, who, runbook)
  // Whoever had not seen the plan yet is shown it now, and sends the form once more.
  if ((await control.views(who)).length > 0) await sendForm(control, who, runbook)
  const deadline = performance.now() + CHANNEL_WITHIN_MS
  for (;;) {
    const made = (await control.channels()).find(({ id, isDirect }) => !isDirect && !before.has(id))
    if (made !== undefined) return made
    if (performance.now() > deadline)
      throw new Error('The cutover was opened, and its channel did not appear.')
    await sleep(100)
  }
}

async function sendForm(control: Control, who: string, runbook: string): Promise<void> {
  const submitted = await control.submit(who, await formOf(control, who), openingAnswers(runbook))
  if (!submitted.ok) throw new Error(`The cutover could not be opened: ${submitted.why}`)
}
