import type { JsonObject } from '../json.ts'
import type { Ack } from '../sockets.ts'

/** Brings an interaction to the app and waits for its acknowledgement. */
export type Deliver = (type: 'interactive' | 'slash_commands', payload: JsonObject) => Promise<Ack>
