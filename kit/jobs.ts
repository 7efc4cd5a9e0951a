import type { Job, Service } from './service.ts';

const LOCK_SPACE = 7_237;

/**
 * Repeats jobs while the service runs. A job runs in one process of the fleet at a time: each run takes a
 * transaction-level advisory lock named by service and job, and is skipped where another holds it.
 */
export function runJobs(service: Service, jobs: readonly Job[]): () => Promise<void> {
  let stopped = false;
  const timers = new Set<NodeJS.Timeout>();
  const running = new Set<Promise<void>>();
  const once = async (job: Job) => {
    const client = await service.db.connect();
    let broken: Error | undefined;
    try {
      const { rows } = await client.query<{ ok: boolean }>(
        'select pg_try_advisory_lock($1, hashtext($2)) as ok',
        [LOCK_SPACE, `${service.name}.${job.name}`],
      );
      if (!rows[0]?.ok) return;
      try {
        await job.run(service.systemContext() as never);
      } finally {
        await client.query('select pg_advisory_unlock($1, hashtext($2))', [
          LOCK_SPACE,
          `${service.name}.${job.name}`,
        ]);
      }
    } catch (error) {
      broken = error as Error;
      service.log.warn({ event: 'job_failed', job: job.name, reason: (error as Error).message });
    } finally {
      client.release(broken);
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
  };
}
