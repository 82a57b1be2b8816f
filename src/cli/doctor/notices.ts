import { MailError } from '../../mail/mail-error.ts'
import { reachMailServer } from '../../mail/reach.ts'
import type { WebhookReceivers } from '../../webhooks/receivers.ts'
import { ConfigError } from '../config.ts'
import { webhookReceivers } from '../serve/from-config.ts'
import { error, ok, warning, type Finding } from './finding.ts'
import type { Look, Place } from './place.ts'

export const notices: Look = {
  title: 'Notices',
  look: async (place) => [await mail(place), ...webhooks(place)],
}

async function mail({ config, runbooks }: Place): Promise<Finding> {
  const url = config.CUTOVER_SMTP_URL
  if (url === undefined) {
    const asking = runbooks.filter(({ validation }) =>
      audiencesOf(validation).some(({ email = [] }) => email.length > 0),
    )
    const names = asking.map(({ file }) => file).join(', ')
    return asking.length === 0
      ? ok('There is no mail server, and no runbook sends e-mail')
      : warning(
          `There is no mail server, and runbooks send e-mail: ${names}.`,
          'Set CUTOVER_SMTP_URL; such notices fail without it.',
        )
  }
  try {
    return ok(`The mail server ${await reachMailServer(url)} answers and takes our login`)
  } catch (caught) {
    if (!(caught instanceof MailError)) throw caught
    return error(caught.message.replace(/ Nothing was sent\.$/, ''), caught.hint)
  }
}

function webhooks({ config, runbooks }: Place): readonly Finding[] {
  let receivers: WebhookReceivers
  try {
    receivers = webhookReceivers(config.CUTOVER_WEBHOOKS_FILE)
  } catch (caught) {
    if (caught instanceof ConfigError)
      return [
        error(
          caught.message,
          'docs/notices.md, “Webhooks”, says what stands in it. `serve` does not start like this.',
        ),
      ]
    throw caught
  }
  const missing = runbooks.flatMap(({ file, validation }) =>
    audiencesOf(validation).flatMap(({ webhook }) =>
      webhook === undefined || webhook in receivers ? [] : [`${webhook} (${file})`],
    ),
  )
  const count = Object.keys(receivers).length
  const distinct = [...new Set(missing)]
  return [
    ...(config.CUTOVER_WEBHOOKS_FILE === undefined
      ? []
      : [ok(`The webhooks file has ${count} ${count === 1 ? 'receiver' : 'receivers'}`)]),
    ...(distinct.length === 0
      ? []
      : [
          warning(
            `Webhooks that runbooks name have no address: ${distinct.join(', ')}.`,
            'Add them to the file that CUTOVER_WEBHOOKS_FILE names; such notices fail without it.',
          ),
        ]),
  ]
}

type Validation = Place['runbooks'][number]['validation']

/** Those of the runbook, and what an environment has in their place. */
function audiencesOf({ runbook }: Validation) {
  if (!runbook) return []
  const { audiences = {}, environments } = runbook.head
  return [
    ...Object.values(audiences),
    ...Object.values(environments).flatMap((environment) => Object.values(environment.audiences ?? {})),
  ]
}
