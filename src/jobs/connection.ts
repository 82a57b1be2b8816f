import { createPostgresBackend, Queue, withBackend, Worker } from 'bullmq'

/** Where BullMQ keeps its ids: Redis when a URL is given, else a schema of its own beside the log. */
export type QueueHome =
  | { readonly kind: 'redis'; readonly url: string }
  | { readonly kind: 'postgres'; readonly connectionString: string }

/** What a job carries: ids and nothing else. Step state is in the log. */
export interface AttemptJob {
  readonly attempt: string
  readonly cutover: string
}

/** The little that is used of a BullMQ queue, the same on both backends. */
export interface JobQueue {
  add(name: string, job: AttemptJob, options: { readonly jobId: string }): Promise<unknown>
  on(event: 'error', listener: (error: Error) => void): unknown
  close(): Promise<void>
  disconnect(): Promise<void>
}

export interface JobWorker {
  on(event: 'error', listener: (error: Error) => void): unknown
  on(
    event: 'failed',
    listener: (job: { readonly data: AttemptJob } | undefined, error: Error) => void,
  ): unknown
  waitUntilReady(): Promise<unknown>
  close(force?: boolean): Promise<void>
}

const OnPostgres = withBackend(createPostgresBackend)
export const SCHEMA = 'cutover_queue'
/** A job is over in seconds. What a killed worker held is free again after this, and can be handed over anew. */
const LOCK_MS = 15_000
const STALL_CHECK_MS = 10_000

/** One queue per pool of one installation, so that two installations on one Redis never meet. */
export function queueName(installation: string, pool: string): string {
  return `cutover-${installation.slice(0, 8)}-${pool}`
}

/** Completed jobs are dropped, so an id can be handed over again; the claim makes a duplicate harmless. */
const JOB_OPTIONS = { attempts: 1, removeOnComplete: true, removeOnFail: true } as const

export function openQueue(home: QueueHome, name: string): JobQueue {
  return home.kind === 'redis'
    ? new Queue<AttemptJob>(name, {
        defaultJobOptions: JOB_OPTIONS,
        connection: producerConnection(home.url),
      })
    : new OnPostgres.Queue<AttemptJob>(name, {
        defaultJobOptions: JOB_OPTIONS,
        connection: postgresConnection(home),
      })
}

export function openWorker(
  home: QueueHome,
  name: string,
  begin: (job: AttemptJob) => Promise<void>,
  concurrency: number,
): JobWorker {
  const process = (job: { readonly data: AttemptJob }) => begin(job.data)
  // A stalled job is never run again by the queue: the log says what may start.
  const options = {
    concurrency,
    maxStalledCount: 0,
    maxStartedAttempts: 1,
    lockDuration: LOCK_MS,
    stalledInterval: STALL_CHECK_MS,
  }
  return home.kind === 'redis'
    ? new Worker<AttemptJob>(name, process, { ...options, connection: workerConnection(home.url) })
    : new OnPostgres.Worker<AttemptJob>(name, process, { ...options, connection: postgresConnection(home) })
}

function postgresConnection({ connectionString }: Extract<QueueHome, { kind: 'postgres' }>) {
  return {
    connectionString,
    schema: SCHEMA,
    migrate: false,
    application_name: 'cutover:queue',
  }
}

// A producer must not wait for a Redis that is gone: the relay comes again by itself.
function producerConnection(url: string) {
  return { url, maxRetriesPerRequest: 1, enableOfflineQueue: false }
}

function workerConnection(url: string) {
  return { url, maxRetriesPerRequest: null }
}
