import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { StringDecoder } from 'node:string_decoder'
import { ActionFailure, type ActionContext, type Program } from '../action.ts'
import { makeConversation, type Answer, type Conversation } from './conversation.ts'
import { isReadingInput } from './reading.ts'
import { openTerminal } from './terminal.ts'

export interface AttendedEnd {
  readonly exit: number | null
  readonly signal: NodeJS.Signals | null
}

interface Attending extends Pick<ActionContext, 'signal' | 'question'> {
  readonly answers: readonly Answer[]
  readonly tty: boolean
  /** How long nobody answers before that is told; 5 s. */
  readonly patienceMs?: number
  /** Output as it comes; stdout and stderr are one. */
  readonly output: (chunk: Uint8Array) => void
}

const LOOK_EVERY_MS = 50
/** So long a program is silent before what it said last is taken for a question. */
const SILENT_MS = 150
/** So long nobody answers before people are told. */
const WAITING_MS = 5_000
const LOOK_AGAIN_MS = 1_000
/** The runner signals the whole session; only what stays after that is ended from here. */
const CANCEL_PATIENCE_MS = 5_000
/** A grandchild may hold the output open for ever; what came until then counts. */
const DRAIN_MS = 200

/**
 * Runs a program, answers what the runbook foresaw, and tells when it asks something else. It stays in this process
 * group and session, so that a cancel reaches it.
 */
export async function runAttended(
  { argv, env, cwd, as }: Program,
  attending: Attending,
): Promise<AttendedEnd> {
  attending.signal.throwIfAborted()
  const talk = makeConversation(attending.answers)
  if (attending.tty) {
    const terminal = openTerminal()
    const { descriptor, master } = terminal
    const child = start(argv, {
      cwd,
      ...as,
      env: { TERM: 'dumb', ...env },
      stdio: [descriptor, descriptor, descriptor],
    })
    const drained = once(master, 'close')
    const hear = hearing(master, attending, talk)
    const release = () => void master.destroy()
    return attend(
      child,
      { talk, hear, input: masterInput(master), drained, ended: terminal.close, release },
      attending,
    )
  }
  const stdin = attending.answers.length === 0 ? 'ignore' : 'pipe'
  const child = start(argv, { cwd, env, ...as, stdio: [stdin, 'pipe', 'pipe'] })
  const heard = [child.stdout, child.stderr].map((stream) => stream && hearing(stream, attending, talk))
  const hear: Hearing = { at: () => Math.max(...heard.map((one) => one?.at() ?? 0)) }
  const drained = once(child, 'close')
  child.stdin?.on('error', () => undefined)
  const input = child.stdin && pipeInput(child.stdin)
  const release = () => [child.stdout, child.stderr].forEach((stream) => stream?.destroy())
  return attend(child, { talk, hear, input, drained, ended: () => undefined, release }, attending)
}

function start([file, ...words]: Program['argv'], options: SpawnOptions): ChildProcess {
  const child = spawn(file, words, options)
  child.on('error', () => undefined)
  return child
}

interface Hearing {
  /** When something came last, by the monotonic clock. */
  readonly at: () => number
}

function hearing(stream: NodeJS.ReadableStream, { output }: Attending, talk: Conversation): Hearing {
  const decoder = new StringDecoder('utf8')
  let at = performance.now()
  stream.on('data', (chunk: Buffer) => {
    at = performance.now()
    output(chunk)
    talk.hear(decoder.write(chunk))
  })
  return { at: () => at }
}

interface Input {
  readonly send: (text: string) => void
  /** Nothing more will be said. True when the program is told so; a terminal stays open, for it is printed on. */
  readonly close: () => boolean
}

const masterInput = (master: Writable): Input => ({
  send: (text) => master.write(`${text}\r`),
  close: () => false,
})

const pipeInput = (stdin: Writable): Input => ({
  send: (text) => stdin.write(`${text}\n`),
  // A question that comes after the last answer gets an end of file, as any program without a terminal does.
  close: () => {
    stdin.end()
    return true
  },
})

interface Parts {
  readonly talk: Conversation
  readonly hear: Hearing
  readonly input: Input | null
  /** When nothing more can be printed. */
  readonly drained: Promise<unknown>
  readonly ended: () => void
  readonly release: () => void
}

async function attend(
  child: ChildProcess,
  parts: Parts,
  { signal, question, patienceMs = WAITING_MS }: Attending,
): Promise<AttendedEnd> {
  const drained = parts.drained.catch(() => undefined)
  const watch = watchQuestions(child, parts, { question, patienceMs })
  const killAfter = () => void pause(CANCEL_PATIENCE_MS, undefined, { ref: false }).then(() => child.kill())
  signal.addEventListener('abort', killAfter, { once: true })
  try {
    const [exit, ended] = await endOf(child)
    parts.ended()
    await Promise.race([drained, pause(DRAIN_MS, undefined, { ref: false })])
    return { exit, signal: ended }
  } finally {
    signal.removeEventListener('abort', killAfter)
    clearInterval(watch)
    parts.release()
  }
}

async function endOf(child: ChildProcess): Promise<[number | null, NodeJS.Signals | null]> {
  return new Promise((resolve, reject) => {
    child.once('exit', (exit, signal) => resolve([exit, signal]))
    child.once('error', (cause) =>
      reject(
        new ActionFailure(`The program cannot be started (${cause.message}).`, {
          hint: 'Look whether it is a program for this system.',
          changed: 'nothing was started',
          cause,
        }),
      ),
    )
  })
}

function watchQuestions(
  child: ChildProcess,
  { talk, hear, input }: Parts,
  { question, patienceMs }: Required<Pick<Attending, 'question' | 'patienceMs'>>,
): NodeJS.Timeout {
  let waiting: { readonly prompt: string; readonly since: number } | undefined
  let lookedAt = 0
  let isClosed = input === null

  function look(): void {
    const silentMs = performance.now() - hear.at()
    if (waiting !== undefined && hear.at() > waiting.since) {
      question({ prompt: waiting.prompt, then: 'gone on' })
      waiting = undefined
    }
    if (silentMs < SILENT_MS || isClosed || input === null) return
    const said = talk.answer()
    if (said !== undefined) {
      input.send(said.send)
      question({ prompt: said.prompt, then: 'answered', answer: said.send })
      waiting = undefined
      if (talk.isOver()) close(input)
      return
    }
    if (silentMs > patienceMs && waiting === undefined && performance.now() - lookedAt > LOOK_AGAIN_MS)
      seeWhetherItWaits()
  }

  function close(at: Input): void {
    isClosed = at.close()
  }

  function seeWhetherItWaits(): void {
    lookedAt = performance.now()
    const prompt = talk.unfinished() ?? (isReadingInput(child.pid ?? 0) ? talk.lastLine() : undefined)
    if (prompt === undefined) return
    waiting = { prompt: prompt === '' ? '(it shows no question)' : prompt, since: performance.now() }
    question({ prompt: waiting.prompt, then: 'waiting' })
  }

  return setInterval(look, LOOK_EVERY_MS)
}
