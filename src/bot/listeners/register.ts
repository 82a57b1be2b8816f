import type { App } from '@slack/bolt'
import { registerButtons } from './buttons.ts'
import { registerCommand } from './command.ts'
import type { Desk } from './desk.ts'
import { registerForms } from './forms.ts'
import { registerShortcut } from './shortcut.ts'
import { registerStart } from './start.ts'

/** Everything that Slack may bring us. */
export function registerListeners(app: App, desk: Desk): void {
  registerCommand(app, desk)
  registerButtons(app, desk)
  registerForms(app, desk)
  registerStart(app, desk)
  registerShortcut(app, desk)
}
