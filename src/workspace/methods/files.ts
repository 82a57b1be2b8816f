import { z } from 'zod'
import { freshId } from '../ids.ts'
import { postMessage } from '../messages.ts'
import type { StoredFile } from '../types.ts'
import { fileToWire } from '../wire.ts'
import type { World } from '../world.ts'
import { activeChannel } from './lookups.ts'
import { messageBlocks } from './message-content.ts'
import type { MethodTable } from './method.ts'
import { json, method, Refused, whole } from './method.ts'

const LARGEST_FILE = 1_000_000_000

const FileList = z.array(z.object({ id: z.string(), title: z.string().optional() })).min(1)

/** Uploads in three steps: ask for an address, send the bytes there, say where the file belongs. */
export const fileMethods: MethodTable = {
  'files.getUploadURLExternal': method(
    ['files:write'],
    { filename: z.string().min(1), length: whole },
    (args, world) => {
      if (args.length <= 0) throw new Refused('invalid_arguments')
      if (args.length > LARGEST_FILE) throw new Refused('file_upload_size_restricted')
      const file: StoredFile = {
        id: freshId('F'),
        name: args.filename,
        title: args.filename,
        length: args.length,
        bytes: undefined,
        user: world.state.bot.id,
        created: Math.floor(Date.now() / 1000),
      }
      world.state.files.set(file.id, file)
      return { upload_url: `${world.url}/upload/v1/${file.id}`, file_id: file.id }
    },
  ),

  'files.completeUploadExternal': method(
    ['files:write'],
    {
      files: json,
      channel_id: z.string().optional(),
      thread_ts: z.string().optional(),
      initial_comment: z.string().optional(),
      blocks: json.optional(),
    },
    (args, world) => {
      const listed = FileList.safeParse(args.files)
      if (!listed.success) throw new Refused('invalid_arguments')
      const channel = args.channel_id === undefined ? undefined : activeChannel(world, args.channel_id)
      const files = listed.data.map(({ id, title }) => uploadedFile(world, id, title))
      if (channel !== undefined) {
        postMessage(world, {
          channel,
          user: world.state.bot,
          text: args.initial_comment ?? '',
          blocks: messageBlocks(args.blocks),
          threadTs: args.thread_ts,
          files,
        })
      }
      return { files: files.map((file) => fileToWire(world, file)) }
    },
  ),
}

function uploadedFile(world: World, id: string, title: string | undefined): StoredFile {
  const file = world.state.files.get(id)
  if (file?.bytes === undefined) throw new Refused('file_not_found')
  file.title = title ?? file.title
  return file
}
