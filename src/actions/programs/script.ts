import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Program, ProgramAction, ProgramPlace } from '../action.ts'
import { ActionFailure } from '../action.ts'
import { pinnedFile } from '../parameters.ts'
import { asUser, withinReach } from './as-user.ts'
import { attend } from './attend.ts'
import { attendingShape, isAttended, TEST_FACTS } from './attending-input.ts'
import { variables } from './command.ts'
import { programEnvironment } from './environment.ts'
import { findTool, workingFolder } from './find-tool.ts'
import { withPlace } from './place.ts'

const Input = z.strictObject({
  file: pinnedFile('The bash script; run by `bash -euo pipefail`. Nothing is substituted in its text.'),
  cwd: z.string().min(1).optional().meta({ parameter: 'path', description: 'Folder it works in.' }),
  env: variables.optional(),
  ...attendingShape,
})
type Input = z.infer<typeof Input>

export const script: ProgramAction<Input> = {
  name: 'script',
  kind: 'run',
  mutating: true,
  summary: 'Runs a bash script that is pinned with the runbook; exit code 0 is success.',
  input: Input,
  facts: { exit: 'int', lines: 'int', ...TEST_FACTS },
  program,
  isAttended,
  attend: async (input, context, expect) =>
    withPlace(context, async (place) => attend(await program(input, place), input, context, expect)),
}

async function program({ file, cwd, env }: Input, place: ProgramPlace): Promise<Program> {
  const path = join(place.files, file)
  await refuseUnreadable(path, file)
  const folder = await workingFolder(place.cwd, cwd)
  const environment = await programEnvironment(env, place)
  const bash = await findTool('bash', { cwd: folder, path: environment['PATH'] ?? '' })
  const script = await withinReach(path, place)
  return asUser({ argv: [bash, '-euo', 'pipefail', '--', script], env: environment, cwd: folder }, place)
}

/** A carriage return ends a word in bash: `set -e\r` fails in ways nobody understands at night. */
async function refuseUnreadable(path: string, file: string) {
  let text: Buffer
  try {
    text = await readFile(path)
  } catch (cause) {
    throw new ActionFailure(`The script ${file} is not among the files pinned with the runbook.`, {
      hint: 'Open the cutover again, so that its files are pinned anew.',
      changed: 'nothing was started',
      cause,
    })
  }
  if (text.includes('\r\n')) {
    throw new ActionFailure(
      `The script ${file} has Windows line ends, which bash reads as part of the words.`,
      {
        hint: 'Save it with Unix line ends.',
        changed: 'nothing was started',
      },
    )
  }
}
