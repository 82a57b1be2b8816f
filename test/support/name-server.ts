import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { isIPv4 } from 'node:net'

interface Answer {
  /** Addresses, or for a CNAME the one name. */
  readonly values: readonly string[]
  readonly ttl: number
}

export interface NameServer {
  /** `127.0.0.1:PORT`. */
  readonly at: string
  /** How many questions came. */
  readonly asked: () => number
  /** From now on: an answer for `TYPE NAME`; null never answers. */
  say(question: string, answer: Answer | null): void
  close(): Promise<void>
}

const TYPES = { A: 1, CNAME: 5, AAAA: 28 } as const
const NO_SUCH_NAME = 3

/** A name server on UDP that knows what it was told, and of everything else that there is no such name. */
export async function startNameServer(): Promise<NameServer> {
  const known = new Map<string, Answer | null>()
  let asked = 0
  const socket = createSocket('udp4')
  socket.on('message', (query, { port, address }) => {
    asked += 1
    const { name, type, end } = questionIn(query)
    const answer = known.get(`${type} ${name}`)
    if (answer === null) return
    socket.send(answerTo(query.subarray(0, end), type, answer), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address() as AddressInfo
  return {
    at: `127.0.0.1:${port}`,
    asked: () => asked,
    say: (question, answer) => void known.set(question, answer),
    close: () => new Promise((resolve) => void socket.close(() => resolve())),
  }
}

/** RFC 1035, 4.1: a header of twelve bytes, then the one question. */
function questionIn(query: Buffer) {
  const labels: string[] = []
  let at = 12
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  const code = query.readUInt16BE(at + 1)
  const type = Object.entries(TYPES).find(([, value]) => value === code)?.[0] ?? `TYPE${code}`
  return { name: labels.join('.').toLowerCase(), type, end: at + 5 }
}

function answerTo(question: Buffer, type: string, answer: Answer | undefined): Buffer {
  const header = Buffer.from(question.subarray(0, 12))
  header.writeUInt16BE(0x8180 | (answer === undefined ? NO_SUCH_NAME : 0), 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(answer?.values.length ?? 0, 6)
  header.writeUInt32BE(0, 8)
  const records = (answer?.values ?? []).map((value) => {
    const data = dataOf(value)
    const record = Buffer.alloc(12)
    // A pointer to the name in the question.
    record.writeUInt16BE(0xc00c, 0)
    record.writeUInt16BE(TYPES[type as keyof typeof TYPES], 2)
    record.writeUInt16BE(1, 4)
    record.writeUInt32BE(answer?.ttl ?? 0, 6)
    record.writeUInt16BE(data.length, 10)
    return Buffer.concat([record, data])
  })
  return Buffer.concat([header, question.subarray(12), ...records])
}

function dataOf(value: string): Buffer {
  if (isIPv4(value)) return Buffer.from(value.split('.').map(Number))
  if (value.includes(':')) return Buffer.from(groupsOf(value).flatMap((group) => [group >> 8, group & 255]))
  const labels = value
    .split('.')
    .map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`, 'latin1'))
  return Buffer.concat([...labels, Buffer.from([0])])
}

/** The eight groups of an IPv6 address that may have one `::`. */
function groupsOf(address: string): readonly number[] {
  const [before = '', after = ''] = address.split('::')
  const parse = (part: string) =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))
  const head = parse(before)
  const tail = parse(after)
  return [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail]
}
