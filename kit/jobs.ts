import pg from 'pg';
import type { Job, Service } from './service.ts';

const LOCK_SPACE = 7_237;

/**
 * Repeats jobs while the service runs. A job runs in one process of the fleet at a time: each run holds an advisory
 * lock named by service and job, and is skipped where another process holds it. The locks live on one connection
 * beside the pool, so that running jobs never take from each other what they work with.
 */
export function runJobs(service: Service, jobs: readonly Job[]): () => Promise<void> {
  let stopped = false;
  const timers = new Set<NodeJS.Timeout>();
  const running = new Set<Promise<void>>();
  const locks = lockConnection(service);
  const once = async (job: Job) => {
    const unlock = await locks.take(`${service.name}.${job.name}`);
    if (!unlock) return;
    try {
      await job.run(service.systemContext() as never);
    } finally {
      await unlock();
    }
  };
  const schedule = (job: Job, delay: number) => {
    if (stopped) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      const run = once(job)
        .catch((error: Error) =>
          service.log.warn({ event: 'job_failed', job: job.name, reason: error.message }),
        )
        .finally(() => {
          running.delete(run);
          schedule(job, job.everyMs);
        });
      running.add(run);
    }, delay);
    timer.unref();
    timers.add(timer);
  };
  for (const job of jobs) schedule(job, Math.min(job.everyMs, 200 + Math.random() * 300));
  return async () => {
    stopped = true;
    for (const timer of timers) clearTimeout(timer);
    await Promise.allSettled(running);
    await locks.close();
  };
}

/** Session locks on a connection that is made when first needed, and anew when it was lost. */
function lockConnection(service: Service) {
  let current: Promise<pg.Client> | null = null;
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({
      ...service.db.clientOptions,
      application_name: `gantry ${service.name} jobs`,
      connectionTimeoutMillis: 5_000,
    });
    const mine = current;
    const forget = () => {
      if (current === mine) current = null;
    };
    client.on('error', forget);
    client.on('end', forget);
    await client.connect();
    return client;
  };
  const connected = () => {
    if (current) return current;
    const made: Promise<pg.Client> = Promise.resolve()
      .then(connect)
      .catch((error: Error) => {
        if (current === made) current = null;
        throw error;
      });
    current = made;
    return made;
  };
  return {
    /** How to give the lock back, or null while another process has it. It is gone with the connection, too. */
    async take(name: string): Promise<(() => Promise<void>) | null> {
      const client = await connected();
      const values = [LOCK_SPACE, name];
      const { rows } = await client.query<{ ok: boolean }>({
        text: 'select pg_try_advisory_lock($1, hashtext($2)) as ok',
        values,
      });
      if (!rows[0]?.ok) return null;
      return async () => {
        await client.query({ text: 'select pg_advisory_unlock($1, hashtext($2))', values }).catch(() => {}); // the connection is lost, and the lock with it
      };
    },
    async close() {
      const client = await current?.catch(() => null);
      await client?.end().catch(() => {});
    },
  };
}
