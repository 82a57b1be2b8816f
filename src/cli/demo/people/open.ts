import { setTimeout as sleep } from 'node:timers/promises'
import { inputOf, START_CHOICES } from '../../../bot/views/forms.ts'
import type { Narrator } from '../../local/narrator.ts'
import type { Control, ShownChannel, ShownView } from './control.ts'
import { openingAnswers } from './forms.ts'
import { formOf, NoForm } from './play.ts'
import { TEAM } from './team.ts'

const CHANNEL_WITHIN_MS = 30_000
const TYPED_MAX = 3

/** Ana types `/cutover start` in #ops and fills in the form; gives the channel that appears. */
export async function openCutover(
  control: Control,
  runbook: string,
  narrator: Narrator,
): Promise<ShownChannel> {
  const before = new Set((await control.channels()).map(({ id }) => id))
  const who = TEAM.lead
  narrator.say(who, `types  /cutover start ${runbook}  in #ops and fills in the form`)
  const first = await startForm(control, who, runbook)
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

/** Who sees no form types it once more: Slack lets the bot open one for a few seconds only. */
async function startForm(control: Control, who: string, runbook: string): Promise<ShownView> {
  for (let times = 1; ; times += 1) {
    await control.command(who, 'ops', `/cutover start ${runbook}`)
    try {
      return await formOf(control, who)
    } catch (error) {
      if (!(error instanceof NoForm) || times === TYPED_MAX) throw error
    }
  }
}

async function sendForm(control: Control, who: string, runbook: string): Promise<void> {
  const submitted = await control.submit(who, await formOf(control, who), openingAnswers(runbook))
  if (!submitted.ok) throw new Error(`The cutover could not be opened: ${submitted.why}`)
}
