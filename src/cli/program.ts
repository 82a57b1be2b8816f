import { Command } from 'commander'
import { addVerbs } from './commands/act.ts'
import { addDataTools } from './commands/data-tools.ts'
import { addDemo } from './commands/demo.ts'
import { addDoctor } from './commands/doctor.ts'
import { addExec } from './commands/exec.ts'
import { addImport } from './commands/import.ts'
import { addLogin } from './commands/login.ts'
import { addPlan } from './commands/plan.ts'
import { addProcesses } from './commands/processes.ts'
import { addRecord } from './commands/record.ts'
import { addRehearse } from './commands/rehearse.ts'
import { addRunbookTools } from './commands/runbook-tools.ts'
import { addStart } from './commands/start.ts'
import { addContacts } from './commands/contacts.ts'
import { addStatus } from './commands/status.ts'
import { addUp } from './commands/up.ts'
import type { Terminal } from './context.ts'

/** The whole `cutover` command. It ends by an exception, never by leaving the process. */
export function cutoverProgram(terminal: Terminal): Command {
  const program = new Command('cutover')
    .description('Runs production database cutovers from Slack, and from here by the same rules.')
    .exitOverride()
  addStart(program, terminal)
  addStatus(program, terminal)
  addContacts(program, terminal)
  addVerbs(program, terminal)
  addExec(program, terminal)
  addLogin(program, terminal)
  addRecord(program, terminal)
  addRunbookTools(program, terminal)
  addImport(program, terminal)
  addPlan(program, terminal)
  addDataTools(program, terminal)
  addProcesses(program, terminal)
  addDoctor(program, terminal)
  addDemo(program, terminal)
  addRehearse(program, terminal)
  addUp(program, terminal)
  return program
}
