import type { Telling } from './remarks.ts'

/** What became of notices beside being sent, for the remarks of a timeline. */
export const NOTICE_DEVIATIONS: Telling = {
  'update missed': ({ data }) => ({
    step: data.step,
    text: `promised update ${data.n} did not go out`,
    byNobody: true,
  }),
}

export const NOTICE_SETBACKS: Telling = {
  'pager called': ({ data }) =>
    data.failed === undefined
      ? undefined
      : {
          text: `the pager ${data.audience} was not reached about ${data.subject}`,
          reason: data.failed,
          byNobody: true,
        },
  'notice parked': ({ data }) => ({
    step: data.step,
    text: `could not be said in ${data.to.join(', ')} at its time: Slack was away`,
    byNobody: true,
  }),
  'notice rejected': ({ data }) => ({ step: data.step, text: 'its draft was rejected', reason: data.reason }),
}

export const NOTICE_REMARKS: Telling = {
  'notice approved': ({ data }) => ({
    step: data.step,
    text: `approved ${data.text === undefined ? 'as drafted' : 'with another text'} (${data.hash.slice(0, 12)})`,
  }),
}
