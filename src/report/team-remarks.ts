import type { Telling } from './remarks.ts'

/** What people went on from although it was said that they should not. */
export const TEAM_DEVIATIONS: Telling = {
  'checkpoint accepted': ({ data }, { plan }) => ({
    reason: data.reason,
    text: `gone on although the checkpoint of "${phaseTitle(plan, data.phase)}" had failed`,
  }),
  'change allowed': ({ data }) => ({
    reason: data.reason,
    text: `change during the freeze (${data.text}) allowed`,
  }),
  'follow-up waived': ({ data }) => ({ reason: data.reason, text: `follow-up ${data.followUp} waived` }),
}

/** What did not hold, and who had to be called. */
export const TEAM_SETBACKS: Telling = {
  'checkpoint failed': ({ data }, { plan }) => {
    const red = data.evidence.filter((one) => !one.met && one.overridden !== true)
    const why = red.map((one) => `${one.criterion}: ${one.answer}`).join(', ')
    return { text: `checkpoint of "${phaseTitle(plan, data.phase)}" FAILED: ${why}`, byNobody: true }
  },
  'escalation raised': ({ data }) => ({
    ...aboutStep(data.subject),
    text: `nobody had it, so level ${data.level} was called: ${data.roles.join(', ')}`,
    byNobody: true,
  }),
  'role acknowledged': ({ data }) =>
    data.answer === 'no' ? { text: `${data.role} is not ${data.says}` } : undefined,
}

export const TEAM_REMARKS: Telling = {
  'issue opened': ({ data }) => ({
    step: data.step,
    text: `issue ${data.issue} (${data.severity}, ${data.kind}): ${data.text}`,
  }),
  'issue changed': ({ data }) => {
    const { issue, ...change } = data
    const said = Object.entries(change).map(([name, value]) => `${name} ${value}`)
    return { text: `issue ${issue} is now ${said.join(', ')}` }
  },
  'issue closed': ({ data }) => ({
    text: `issue ${data.issue} closed${data.text === undefined ? '' : `: ${data.text}`}`,
  }),
  'escalation taken': ({ data }) => ({ ...aboutStep(data.subject), text: `${data.subject} taken on` }),
  'checkpoint passed': ({ data }, { plan }) => ({
    text: `checkpoint of "${phaseTitle(plan, data.phase)}" passed on ${data.evidence.length === 1 ? 'one criterion' : `${data.evidence.length} criteria`}`,
    byNobody: true,
  }),
  'role acknowledged': ({ data }) =>
    data.answer === 'yes' ? { text: `${data.role} is ${data.says}` } : undefined,
  'shift began': ({ data }) => ({
    text: `on call as ${data.role}: ${data.person === undefined ? 'nobody' : ''}`.trim(),
    byNobody: true,
    whom: data.person === undefined ? [] : [data.person],
  }),
  'follow-up opened': ({ data }) => ({ text: `follow-up ${data.followUp}: ${data.title}`, byNobody: true }),
  'follow-up closed': ({ data }) => ({
    text: `follow-up ${data.followUp} done${data.text === undefined ? '' : ` (${data.text})`}`,
  }),
  'debrief given': ({ data }) => ({
    text: [
      data.wentWell === undefined ? '' : `went well: ${data.wentWell}`,
      data.improve === undefined ? '' : `to improve: ${data.improve}`,
      data.actions.length === 0 ? '' : `to do: ${data.actions.join('; ')}`,
    ]
      .filter((part) => part !== '')
      .join('. '),
  }),
  'user report filed': ({ data }) => ({
    text: `users report${data.count === 1 ? '' : ` (${data.count})`}: ${data.text}${data.ticket === undefined ? '' : ` [${data.ticket}]`}`,
  }),
}

const phaseTitle = (
  plan: { readonly phases: readonly { id: string; title: string }[] },
  id: string,
): string => plan.phases.find((phase) => phase.id === id)?.title ?? id

const aboutStep = (subject: string) =>
  subject.startsWith('step/') ? { step: subject.slice('step/'.length) } : {}
