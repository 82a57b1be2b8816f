import { afterEach, expect, it } from 'vitest'
import { aContext, prepare, temporaryFolder } from '../support/attempt.ts'
import { makeStandIns, type StandIns } from '../support/stand-ins.ts'

const folder = temporaryFolder()
let standIns: StandIns | undefined
afterEach(() => {
  standIns?.remove()
  folder.remove()
})

it('answer what they were told of, fail on anything else, and record both', async () => {
  const tools = makeStandIns({
    kubectl: [
      { call: 'get deployment api -o json', out: '{"spec":{"replicas":3}}' },
      { call: /^scale deployment\/\w+ --replicas=\d+$/, run: 'echo "scaled $2 for $TICKET"' },
    ],
    systemctl: [],
  })
  standIns = tools
  const run = async (...argv: string[]) => {
    const context = aContext(folder.path, { environment: { PATH: tools.path } })
    const { attend } = prepare('command', { argv, cwd: folder.path, env: { TICKET: 'OPS-1' } })
    return attend?.(context, undefined).catch((error: unknown) => error)
  }

  expect(await run('kubectl', 'get', 'deployment', 'api', '-o', 'json')).toMatchObject({
    summary: 'Exit 0: {"spec":{"replicas":3}}',
  })
  expect(await run('kubectl', 'scale', 'deployment/api', '--replicas=0')).toMatchObject({
    summary: 'Exit 0: scaled deployment/api for OPS-1',
  })
  expect(await run('kubectl', 'delete', 'cronjob', '--all')).toMatchObject({
    exit: 64,
    message: expect.stringContaining('nobody told it of "delete cronjob --all"'),
  })
  expect(tools.lines()).toEqual([
    'kubectl get deployment api -o json',
    'kubectl scale deployment/api --replicas=0',
    'kubectl delete cronjob --all',
  ])
  expect(tools.calls().map(({ known }) => known)).toEqual([true, true, false])
})
