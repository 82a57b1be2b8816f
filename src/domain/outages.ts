import type { CutoverState, Outage } from './state.ts'

/** The outage of Slack that lasts; undefined while Slack is there. */
export const outageNow = ({ outages }: CutoverState): Outage | undefined =>
  outages.find(({ until }) => until === undefined)

/** Nothing can be shown: what is to be posted waits. A deaf Slack still shows what it is given. */
export const isMute = (state: CutoverState): boolean => {
  const outage = outageNow(state)
  return outage !== undefined && outage.how !== 'deaf'
}
