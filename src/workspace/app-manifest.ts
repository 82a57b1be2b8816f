import { z } from 'zod'

const SlashCommand = z.object({
  command: z.string(),
  description: z.string().default(''),
  usage_hint: z.string().default(''),
  should_escape: z.boolean().default(false),
})

const Shortcut = z.object({ name: z.string(), type: z.enum(['message', 'global']), callback_id: z.string() })

const Manifest = z.object({
  display_information: z.object({ name: z.string() }),
  features: z.object({
    bot_user: z.object({ display_name: z.string() }),
    slash_commands: z.array(SlashCommand).default([]),
    shortcuts: z.array(Shortcut).default([]),
  }),
  oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()) }) }),
  settings: z.object({
    event_subscriptions: z.object({ bot_events: z.array(z.string()).default([]) }).optional(),
  }),
})

/** What the workspace knows about the one app that is installed in it. */
export interface InstalledApp {
  name: string
  botName: string
  commands: readonly z.output<typeof SlashCommand>[]
  shortcuts: readonly z.output<typeof Shortcut>[]
  scopes: readonly string[]
  events: readonly string[]
}

/**
 * Reads an app manifest (the parsed JSON of `manifest.json`). The workspace installs the app exactly as it says:
 * a method without its scope is refused, an event without its subscription is not sent.
 */
export function installApp(manifest: unknown): InstalledApp {
  const parsed = Manifest.safeParse(manifest)
  if (!parsed.success) {
    throw new Error(`The app manifest cannot be installed. ${z.prettifyError(parsed.error)}`)
  }
  const { display_information, features, oauth_config, settings } = parsed.data
  return {
    name: display_information.name,
    botName: features.bot_user.display_name,
    commands: features.slash_commands,
    shortcuts: features.shortcuts,
    scopes: oauth_config.scopes.bot,
    events: settings.event_subscriptions?.bot_events ?? [],
  }
}

/** The app that is installed when no manifest is given. */
export const DEFAULT_MANIFEST = {
  display_information: { name: 'Cutover' },
  features: {
    bot_user: { display_name: 'cutover' },
    slash_commands: [
      {
        command: '/cutover',
        description: 'Plan, start and watch a database cutover',
        usage_hint: '[start | status | go | no-go | rollback | help]',
        should_escape: true,
      },
    ],
    shortcuts: [
      { name: 'Add to timeline', type: 'message', callback_id: 'add_to_timeline' },
      { name: 'Report from a user', type: 'message', callback_id: 'user_report' },
    ],
  },
  oauth_config: {
    scopes: {
      bot: [
        'app_mentions:read',
        'bookmarks:read',
        'bookmarks:write',
        'channels:history',
        'channels:join',
        'channels:manage',
        'channels:read',
        'chat:write',
        'chat:write.public',
        'commands',
        'files:write',
        'groups:history',
        'groups:read',
        'groups:write',
        'im:read',
        'im:write',
        'pins:read',
        'pins:write',
        'reactions:read',
        'reactions:write',
        'team:read',
        'usergroups:read',
        'users:read',
        'users:read.email',
      ],
    },
  },
  settings: {
    event_subscriptions: {
      bot_events: [
        'app_home_opened',
        'app_mention',
        'member_joined_channel',
        'channel_archive',
        'channel_rename',
        'message.channels',
        'message.groups',
        'message.im',
      ],
    },
  },
} as const
