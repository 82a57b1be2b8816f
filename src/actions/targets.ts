import { z } from 'zod'

/** A SQLite file as an action sees it. `name` is the runbook's word for it. */
export const SqliteTarget = z.object({ name: z.string(), kind: z.literal('sqlite'), path: z.string().min(1) })
export type SqliteTarget = z.infer<typeof SqliteTarget>

/** A PostgreSQL database. `url` may hold a password: it never goes into argv, a message or a log. */
export const PostgresTarget = z.object({
  name: z.string(),
  kind: z.literal('postgres'),
  url: z.string().min(1),
  database: z.string().optional(),
})
export type PostgresTarget = z.infer<typeof PostgresTarget>

export const AnyTarget = z.discriminatedUnion('kind', [SqliteTarget, PostgresTarget])
export type AnyTarget = z.infer<typeof AnyTarget>

/** Parameter builders: the metadata tells the runbook language that a bare target name stands here. */
export const sqliteTarget = () => SqliteTarget.meta({ parameter: 'target', targets: ['sqlite'] })
export const postgresTarget = () => PostgresTarget.meta({ parameter: 'target', targets: ['postgres'] })
export const anyTarget = () => AnyTarget.meta({ parameter: 'target', targets: ['sqlite', 'postgres'] })
