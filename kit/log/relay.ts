import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import type { Bus } from '../bus/bus.ts';
import type { Database, Queryable, Statement } from '../db/database.ts';
import { corkTurn } from '../db/lanes.ts';
import { inSpan, type Logger, type Metrics } from '../telemetry.ts';
import type { ChangeRow } from './change-row.ts';
import { restoreChanges } from './read.ts';

const BATCH = 500;
const POLL_MS = 500;
/** Under load, changes of this long travel in one round: each round costs five statements and wakes every reader. */
const GATHER_MS = 10;

export interface Relay {
  /** There is something new in the outbox. Cheap; several calls make one round. */
  wake(): void;
  /** Publishes what is left (at most for `ms`), then stops. */
  stop(ms: number): Promise<void>;
}

const COLUMNS =
  'c.stream, c.seq, c.id, c.workspace_id, c.at, c.actor, c.external_actor, c.origin, c.request_id, c.mutation_id, c.batch_id, c.event, c.entity, c.entity_id, c.root, c.root_kind, c.version, c.op, c.before, c.after, c.undoes, c.effective_at, c.v';
const TAKE = {
  name: 'relay.take',
  text: `select o.id as outbox_id, ${COLUMNS} from outbox o join log_change c on c.stream = o.stream and c.seq = o.seq
    order by o.id limit ${BATCH} for update of o skip locked`,
};
const DONE = { name: 'relay.done', text: 'delete from outbox where id = any($1::bigint[])' };

function onClient(client: pg.PoolClient): Queryable['query'] {
  return async <Row>(s: Statement<Row>, params: readonly unknown[] = []) =>
    (await client.query({ name: s.name, text: s.text, values: params as unknown[] })).rows as Row[];
}

/**
 * Publishes committed changes of one service, at least once, oldest first: rows leave the outbox only after the
 * broker has them. Any number of processes may run one; they never publish the same row at the same time. A crash
 * in between publishes again, and readers drop what they have.
 */
export function startRelay(options: { db: Database; bus: Bus; log: Logger; metrics: Metrics }): Relay {
  const { db, bus, log, metrics } = options;
  let stopping = false;
  let woken = false;
  let wakeUp: (() => void) | null = null;
  const wake = () => {
    woken = true;
    wakeUp?.();
  };
  const sleep = (ms: number) =>
    new Promise<void>((resolve) => {
      if (woken) return resolve();
      const timer = setTimeout(resolve, ms);
      wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    }).then(() => {
      wakeUp = null;
      woken = false;
    });

  async function round(): Promise<number> {
    const client = await db.connect();
    let broken: Error | undefined;
    try {
      corkTurn(client);
      client.query('begin').catch(() => {});
      const { rows } = await client.query<ChangeRow & { outbox_id: number }>(TAKE);
      if (rows.length > 0) {
        await inSpan(
          'relay.publish',
          { 'gantry.service': db.schema, 'gantry.changes': rows.length },
          // On this very connection: a relay that waits for a second one could wait for itself.
          async () => bus.publish(await restoreChanges({ query: onClient(client) }, rows)),
        );
        corkTurn(client);
        client.query({ ...DONE, values: [rows.map((r) => r.outbox_id)] }).catch(() => {});
      }
      await client.query('commit');
      return rows.length;
    } catch (error) {
      broken = error as Error;
      throw error;
    } finally {
      client.release(broken);
    }
  }

  const running = (async () => {
    let failures = 0;
    for (;;) {
      // What was committed while the last round was under way is left to one more after it.
      const isLast = stopping;
      try {
        const published = await round();
        failures = 0;
        if (published > 0) metrics.relayed.inc({ service: db.schema }, published);
        if (published === BATCH) continue;
        if (isLast) return;
        if (published > 0 && !stopping) await pause(GATHER_MS);
        await sleep(POLL_MS);
      } catch (error) {
        failures++;
        log.warn({ event: 'relay_retry', service: db.schema, failures, reason: (error as Error).message });
        if (isLast) return;
        await sleep(Math.min(2_000, 50 * 2 ** Math.min(failures, 6)));
      }
    }
  })();

  return {
    wake,
    async stop(ms) {
      stopping = true;
      wake();
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([
        running,
        new Promise<void>((resolve) => {
          timer = setTimeout(resolve, ms);
        }),
      ]);
      clearTimeout(timer);
    },
  };
}
