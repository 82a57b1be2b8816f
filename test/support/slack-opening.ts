import type { Office } from './product.ts'
import { fillIn } from './slack-form.ts'
import { byControl } from './slack-means.ts'
import { eyesIn } from './slack-shown.ts'
import { eventually } from './slack-hands.ts'

/** Somebody types `/cutover start` in #ops and fills in the form as it asks. Gives the name of the channel that appears. */
export async function openInSlack(
  office: Office,
  opening: {
    readonly who: string
    readonly people: readonly string[]
    readonly runbook: string
    readonly environment: string
  },
): Promise<string> {
  const { who, people, runbook, environment } = opening
  const eyes = eyesIn(office)
  const before = new Set(await channels(office))
  const told = (await eyes.whispers(who)).length
  const command = { user: who, channel: 'ops', text: `/cutover start ${runbook}` }
  // An app that did not answer in time is asked again.
  const ask = async () => {
    const form = await eyes.form(who)
    if (form === undefined) await office.control('/control/command', command)
    return form?.canBeSent === true ? form : undefined
  }
  const what = `the form to start ${runbook}`
  const form = await eventually(what, ask).catch(() => eventually(what, ask))
  const menu = form.inputs.find(({ label }) => label === 'Environment')
  const choosing = { user: who, view_id: form.id, action_id: 'start.environment', value: environment }
  await office.control('/control/click', { ...choosing, block_id: menu?.block })
  const why = await fillIn({
    means: byControl(office),
    eyes,
    who,
    people,
    // So far ahead that nothing of any plan has passed; a rehearsal does not wait for it.
    answers: [
      [/^Environment$/, environment],
      [/^Window starts/, '+40d'],
    ],
  })
  if (why.length > 0) throw new Error(`${runbook} was not opened: ${why.join('; ')}`)
  return eventually(`the channel of ${runbook}`, async () => {
    const refused = (await eyes.whispers(who))
      .slice(told)
      .find((text) => !/^Opened|operation_timeout/.test(text))
    if (refused !== undefined) throw new Error(`${runbook} was not opened: ${refused}`)
    return (await channels(office)).find((name) => !before.has(name))
  })
}

async function channels({ control }: Office): Promise<readonly string[]> {
  const found = (await control('/control/channels')) as { channels: { name: string; isDirect: boolean }[] }
  return found.channels.filter(({ isDirect }) => !isDirect).map(({ name }) => name)
}
