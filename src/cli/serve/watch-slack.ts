import { makeSlackAlarm } from '../../app/alarm-of-slack.ts'
import type { NoticeMeans } from '../../app/notice-means.ts'
import type { Contacts, Logger, Logins, NoticeClaims } from '../../app/ports.ts'
import type { SlackTroubleNow } from '../../app/tell-of-slack.ts'
import type { Bot } from '../../bot/app.ts'
import type { CutoverState, Outage } from '../../domain/state.ts'

export interface SlackWatch {
  look(): Promise<SlackTroubleNow | undefined>
  /** Reaches people past Slack. */
  readonly alarm: (state: CutoverState, outage: Outage) => Promise<void>
  /** What people press arrives, and what is shown is seen. */
  isThere(): boolean
}

/** Whether Slack is there, and how people hear when it is not. */
export function watchSlack(deps: {
  readonly bot: Bot
  readonly claims: NoticeClaims
  readonly contacts: Contacts
  readonly logins: Logins
  readonly mail: NoticeMeans['mail']
  readonly logger: Logger
}): SlackWatch {
  const { bot } = deps
  return {
    look: () => bot.lookAtSlack(),
    alarm: makeSlackAlarm({ ...deps, directory: bot.directory }),
    isThere: () => bot.connected() && bot.trouble() === undefined,
  }
}
