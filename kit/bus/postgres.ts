import { setTimeout as pause } from 'node:timers/promises';
import type { Change } from '@gantry/contracts';
import pg from 'pg';
import type { Logger } from '../telemetry.ts';
import { type Bus, PARTITIONS, partitionOf, type Stop, type WorkSubscription } from './bus.ts';

const BATCH = 500;
const POLL_MS = 250;
const NOTIFY_EVERY_MS = 10;
/** Under load, messages of this long are handled in one go. Screens wait for tails; nobody watches workers. */
const TAIL_GATHER_MS = 2;
const WORK_GATHER_MS = 20;
const SWEEP_MS = 60_000;
const KEEP_MINUTES = 10;
const CHANNEL = 'gantry_bus';
/** Publishers take turns, so that messages become visible in the order of their ids and no cursor skips one. */
const PUBLISH_LOCK = 7_236_002;
const WORK_LOCK_SPACE = 7_236;
/** Cursors of consumers that nobody has run for this long no longer hold messages back. */
const FORGOTTEN_DAYS = 7;
const ALIVE_MS = 60_000;
/** How often a process asks for partitions that others hold: how soon it takes over from a dead one. */
const CLAIM_MS = 500;

interface MessageRow {
  id: string;
  partition: number;
  change: Change;
}

/** A wake-up line: `wake()` lets a sleeping loop run again at once; several wake-ups make one. */
function sleeper() {
  let wakeUp: (() => void) | null = null;
  let pending = false;
  return {
    wake() {
      pending = true;
      wakeUp?.();
    },
    async sleep(ms: number) {
      if (!pending) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          wakeUp = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      wakeUp = null;
      pending = false;
    },
  };
}
type Sleeper = ReturnType<typeof sleeper>;

/**
 * The bus on PostgreSQL: one table of messages, a cursor per consumer and partition, LISTEN for wake-ups with
 * polling as the safety net. Needs the database that all services share. Survives restarts of the server.
 */
export async function postgresBus(options: {
  url: string;
  log: Logger;
  poolSize?: number;
  /** Minutes messages are kept for tails; workers have them until they are through. */
  keepMinutes?: number;
  sweepMs?: number;
}): Promise<Bus> {
  const { log } = options;
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize ?? 4,
    application_name: 'gantry bus',
    options: '-c search_path=bus -c TimeZone=UTC',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  });
  pool.on('error', (error) => log.warn({ event: 'bus_connection_lost', reason: error.message }));
  /** Who waits for what: owners of streams, or everything. */
  const sleepers = new Map<Sleeper, readonly string[] | null>();
  const loops = new Set<Promise<void>>();
  let stopped = false;
  let trouble: string | null = null;
  const direct = directConnection(
    options.url,
    log,
    (owners) => wake(owners),
    (reason) => {
      trouble = reason;
    },
  );

  /** Wakes those who wait for changes of these owners; null wakes all. What wakes nobody is found by polling. */
  function wake(owners: ReadonlySet<string> | null) {
    for (const [sleeping, wanted] of sleepers)
      if (owners === null || wanted === null || wanted.some((owner) => owners.has(owner))) sleeping.wake();
  }

  let notifyTimer: NodeJS.Timeout | null = null;
  let news = new Set<string>();
  function notifyOthers(owners: ReadonlySet<string>) {
    news = news.union(owners);
    if (notifyTimer !== null || stopped) return;
    notifyTimer = setTimeout(() => {
      notifyTimer = null;
      direct.notify([...news].join());
      news = new Set();
    }, NOTIFY_EVERY_MS);
    notifyTimer.unref();
  }

  async function publish(changes: Change[]): Promise<void> {
    if (changes.length === 0) return;
    const rows = changes.map((change, ord) => ({
      ord,
      partition: partitionOf(change.stream),
      stream: change.stream,
      seq: change.seq,
      change,
    }));
    await pool.query({
      name: 'bus.publish',
      text: `with turn as materialized (select pg_advisory_xact_lock(${PUBLISH_LOCK}))
        insert into message (partition, stream, seq, change)
        select x.partition, x.stream, x.seq, x.change from turn, jsonb_to_recordset($1::jsonb)
          as x(partition smallint, stream text, seq bigint, change jsonb, ord int) order by x.ord`,
      values: [JSON.stringify(rows)],
    });
    const owners = new Set(changes.map((change) => change.stream.slice(0, change.stream.indexOf('/'))));
    wake(owners);
    notifyOthers(owners);
  }

  /** Repeats a step that says how many messages it had, `BATCH` meaning that there may be more. */
  function loop(
    name: string,
    waitsFor: readonly string[] | null,
    gatherMs: number,
    step: () => Promise<number>,
  ): { stop: Stop } {
    const sleep = sleeper();
    sleepers.set(sleep, waitsFor);
    let ended = false;
    const running = (async () => {
      let failures = 0;
      while (!ended && !stopped) {
        try {
          const count = await step();
          failures = 0;
          if (count === BATCH) continue;
          if (count > 0) await pause(gatherMs);
          await sleep.sleep(POLL_MS);
        } catch (error) {
          failures++;
          log.warn({ event: 'bus_retry', loop: name, failures, reason: (error as Error).message });
          await sleep.sleep(Math.min(2_000, 50 * 2 ** Math.min(failures, 6)));
        }
      }
    })();
    loops.add(running);
    return {
      async stop() {
        ended = true;
        sleep.wake();
        await running;
        loops.delete(running);
        sleepers.delete(sleep);
      },
    };
  }

  async function tail(handle: (changes: Change[]) => void): Promise<Stop> {
    const { rows } = await pool.query<{ id: string | null }>('select max(id) as id from message');
    let position = rows[0]?.id ?? '0';
    const { stop } = loop('tail', null, TAIL_GATHER_MS, async () => {
      const { rows: found } = await pool.query<MessageRow>({
        name: 'bus.tail',
        text: 'select id, change from message where id > $1 order by id limit $2',
        values: [position, BATCH],
      });
      const last = found.at(-1);
      if (!last) return 0;
      handle(found.map((row) => row.change));
      position = last.id;
      return found.length;
    });
    return stop;
  }

  async function work(subscription: WorkSubscription): Promise<Stop> {
    const { consumer, owners } = subscription;
    await pool.query(
      'insert into cursor (consumer, partition, position) select $1, p, 0 from generate_series(0, $2::int - 1) p on conflict do nothing',
      [consumer, PARTITIONS],
    );
    const prefixes = owners.map((owner) => `${owner}/%`);
    const locks = direct.locks(consumer);
    let aliveAt = 0;
    const { stop } = loop(`work ${consumer}`, owners, WORK_GATHER_MS, async () => {
      const mine = await locks.held();
      if (mine.length === 0) return 0;
      if (Date.now() - aliveAt > ALIVE_MS) {
        // A quiet partition is not a forgotten one: the sweep must not overtake it.
        await pool.query({
          name: 'bus.alive',
          text: 'update cursor set seen_at = now() where consumer = $1 and partition = any($2::smallint[])',
          values: [consumer, mine],
        });
        aliveAt = Date.now();
      }
      // Every partition's cursor moves past what others own too; only messages of the wanted owners are handed over.
      const { rows } = await pool.query<MessageRow & { wanted: boolean }>({
        name: 'bus.work',
        text: `select m.id, m.partition, case when m.stream like any($3) then m.change end as change
          from cursor c cross join lateral (
            select * from message m where m.partition = c.partition and m.id > c.position order by m.id limit $4
          ) m where c.consumer = $1 and c.partition = any($2::smallint[]) order by m.id limit $4`,
        values: [consumer, mine, prefixes, BATCH],
      });
      if (rows.length === 0) return 0;
      const wanted = rows.filter((row) => row.change !== null);
      if (wanted.length > 0) await subscription.handle(wanted.map((row) => row.change));
      const ends = new Map(rows.map((row) => [row.partition, row.id]));
      await pool.query({
        name: 'bus.advance',
        text: `update cursor set position = x.position, seen_at = now() from unnest($2::smallint[], $3::bigint[]) as x(partition, position)
          where cursor.consumer = $1 and cursor.partition = x.partition and cursor.position < x.position`,
        values: [consumer, [...ends.keys()], [...ends.values()]],
      });
      return rows.length;
    });
    return async () => {
      await stop();
      await locks.release();
    };
  }

  // Messages every consumer has passed and tails have had minutes to see. The owners' logs keep everything.
  const sweepTimer = setInterval(() => {
    pool
      .query(
        `delete from message m where m.at < now() - $1 * interval '1 minute' and not exists (
          select from cursor c where c.partition = m.partition and c.position < m.id
            and c.seen_at > now() - $2 * interval '1 day')`,
        [options.keepMinutes ?? KEEP_MINUTES, FORGOTTEN_DAYS],
      )
      .catch((error: Error) => log.warn({ event: 'bus_sweep_failed', reason: error.message }));
  }, options.sweepMs ?? SWEEP_MS);
  sweepTimer.unref();

  return {
    publish,
    tail,
    work,
    trouble: () => trouble,
    async stop() {
      stopped = true;
      clearInterval(sweepTimer);
      if (notifyTimer) clearTimeout(notifyTimer);
      wake(null);
      await Promise.allSettled(loops);
      await direct.stop();
      await pool.end();
    },
  };
}

/**
 * The one direct connection of a process: LISTEN, NOTIFY and session locks. Reconnects for ever; locks vanish with
 * the connection, so a dead process frees its partitions at once.
 */
function directConnection(
  url: string,
  log: Logger,
  onNotify: (owners: ReadonlySet<string> | null) => void,
  onTrouble: (reason: string | null) => void,
) {
  let client: pg.Client | null = null;
  let stopped = false;
  let generation = 0;
  let failures = 0;
  let timer: NodeJS.Timeout | null = null;

  async function connect(): Promise<void> {
    if (stopped) return;
    const next = new pg.Client({
      connectionString: url,
      application_name: 'gantry direct',
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
      pipeline: true,
    } as pg.ClientConfig);
    let gone = false;
    const lost = (error?: Error) => {
      if (gone) return;
      gone = true;
      if (client === next) client = null;
      if (stopped) return;
      onTrouble(`no connection for wake-ups: ${error?.message ?? 'closed'}`);
      failures++;
      timer = setTimeout(
        () => {
          timer = null;
          connecting = connect();
        },
        Math.min(1_000, 50 * 2 ** Math.min(failures, 5)),
      );
    };
    next.on('error', lost);
    next.on('end', () => lost());
    next.on('notification', ({ processId, payload }) => {
      // Our own readers were woken when we published.
      if (processId !== (next as unknown as { processID: number }).processID)
        onNotify(payload ? new Set(payload.split(',')) : null);
    });
    try {
      await next.connect();
      await next.query(`listen ${CHANNEL}`);
      if (stopped || gone) {
        await next.end();
        return;
      }
      client = next;
      generation++;
      failures = 0;
      onTrouble(null);
      onNotify(null);
    } catch (error) {
      log.warn({ event: 'bus_direct_connection_failed', reason: (error as Error).message });
      next.end().catch(() => {});
      lost(error as Error);
    }
  }
  let connecting = connect();
  const first = connecting;

  return {
    /** Tells other processes whose changes were published, comma-separated. */
    notify(owners: string) {
      client?.query('select pg_notify($1, $2)', [CHANNEL, owners]).catch(() => {});
    },
    /** Partitions of a consumer this process owns; tries for more each time it is asked, at most every CLAIM_MS. */
    locks(consumer: string) {
      let held: number[] = [];
      let heldIn = -1;
      let triedAt = 0;
      return {
        async held(): Promise<number[]> {
          await first;
          const at = client;
          if (!at) return [];
          if (heldIn !== generation) held = [];
          const missing = Array.from({ length: PARTITIONS }, (_, p) => p).filter((p) => !held.includes(p));
          if (missing.length > 0 && (heldIn !== generation || Date.now() - triedAt > CLAIM_MS)) {
            triedAt = Date.now();
            const { rows } = await at.query<{ p: number; ok: boolean }>(
              'select p, pg_try_advisory_lock($1, (hashtext($2) & 67108863) * 16 + p) as ok from unnest($3::int[]) p',
              [WORK_LOCK_SPACE, consumer, missing],
            );
            held = [...held, ...rows.filter((r) => r.ok).map((r) => r.p)];
            heldIn = generation;
          }
          return held;
        },
        async release() {
          if (client && heldIn === generation) {
            await client
              .query(
                'select pg_advisory_unlock($1, (hashtext($2) & 67108863) * 16 + p) from unnest($3::int[]) p',
                [WORK_LOCK_SPACE, consumer, held],
              )
              .catch(() => {});
          }
          held = [];
        },
      };
    },
    async stop() {
      stopped = true;
      if (timer) clearTimeout(timer);
      await connecting.catch(() => {});
      const at = client;
      client = null;
      await at?.end().catch(() => {});
    },
  };
}
