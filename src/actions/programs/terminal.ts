import { closeSync, openSync } from 'node:fs'
import { ReadStream } from 'node:tty'
import { requireBinary } from '@lydell/node-pty/requireBinary.js'
import { z } from 'zod'
import { ActionFailure } from '../action.ts'

const Native = z.object({
  open: z.custom<(columns: number, rows: number) => unknown>((value) => typeof value === 'function'),
})
const Pair = z.object({ master: z.int(), slave: z.int(), pty: z.string() })

/** Wide, so that what programs print is not broken into lines. */
const COLUMNS = 200
const ROWS = 50

export interface Terminal {
  /** What the program gets as its standard input, output and error. */
  readonly descriptor: number
  /** Our end: what is printed comes out, what is typed goes in. */
  readonly master: ReadStream
  readonly close: () => void
}

/**
 * A pseudo-terminal. This process is the leader of its session and has no terminal, so that opening this one makes
 * it the terminal of the session: a program that is spawned with it may open /dev/tty, and still belongs to the
 * session that a cancel looks through.
 */
export function openTerminal(): Terminal {
  let pair: z.infer<typeof Pair>
  try {
    pair = Pair.parse(Native.parse(requireBinary('pty.node')).open(COLUMNS, ROWS))
  } catch (cause) {
    throw new ActionFailure('This worker cannot make a terminal for the program.', {
      hint: 'Install Cutover with its optional packages for this system, or take `tty: true` out of the step.',
      changed: 'nothing was started',
      cause,
    })
  }
  // When our end closes, the kernel hangs up on the whole session, and its leader is this process.
  if (!process.listeners('SIGHUP').includes(stay)) process.on('SIGHUP', stay)
  const own = openSync(pair.pty, 'r+')
  const master = new ReadStream(pair.master)
  // On Linux the last one who closes the other end is told as an input/output error.
  master.on('error', () => undefined)
  return {
    descriptor: pair.slave,
    master,
    close: () => {
      closeSync(pair.slave)
      closeSync(own)
    },
  }
}

function stay() {
  // The end of the program is told by its exit, not by its terminal.
}
