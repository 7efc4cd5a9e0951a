import { setTimeout as sleep } from 'node:timers/promises';
import type { Change } from '@gantry/contracts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../tests/setup/postgres.ts';
import type { Bus } from '../bus/bus.ts';
import { makeLogger, makeMetrics } from '../telemetry.ts';
import { aChange, aStream, asAdmin, type LogDatabase, openLog } from '../testing/log-database.ts';
import { type Relay, startRelay } from './relay.ts';

let database: TestDatabase;
let log: LogDatabase;
const relays: Relay[] = [];
const metrics = makeMetrics();

beforeAll(async () => {
  database = await testDatabase('relay');
  log = await openLog(database.url);
});
afterAll(async () => {
  await log?.close();
  await database?.drop();
});
beforeEach(() => asAdmin(database.url, 'truncate notes.outbox'));
afterEach(async () => {
  await Promise.all(relays.splice(0).map((relay) => relay.stop(1_000)));
});

/** A broker that keeps what it was given, and can be slow or broken. */
function broker(publish: (changes: Change[]) => Promise<void> = async () => {}) {
  const seen: Change[] = [];
  const bus: Partial<Bus> = {
    async publish(changes) {
      await publish(changes);
      seen.push(...changes);
    },
  };
  return { seen, bus: bus as Bus };
}

function relay(bus: Bus, where = log): Relay {
  const started = startRelay({ db: where.db, bus, log: makeLogger('silent'), metrics });
  relays.push(started);
  return started;
}

async function write(stream: string, count: number, title = 'a') {
  await log.write(async (tx) => {
    for (let i = 0; i < count; i++) tx.record(...aChange(stream, `${title}${i}`));
  });
}

async function waiting(): Promise<number> {
  const [row] = await log.db.run<{ n: number }>({ sql: 'select count(*) as n from outbox', parameters: [] });
  return row?.n ?? 0;
}

const seqs = (changes: Change[], stream: string) =>
  changes.filter((c) => c.stream === stream).map((c) => c.seq);
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

describe('a relay', () => {
  it('publishes everything once, in the order of each stream, and empties the outbox', async () => {
    const { seen, bus } = broker();
    const mine = relay(bus);
    const streams = Array.from({ length: 5 }, aStream);
    for (let i = 0; i < 10; i++) {
      await Promise.all(streams.map((stream) => write(stream, 13)));
      mine.wake();
    }
    await expect.poll(waiting, { timeout: 5_000 }).toBe(0);
    for (const stream of streams) expect(seqs(seen, stream)).toEqual(upTo(130));
  });

  it('publishes again after a crash between publishing and forgetting', async () => {
    const { seen, bus } = broker(async () => {
      if (seen.length > 0) return;
      // The server ends the relay's connection after the broker has the changes.
      await asAdmin(
        database.url,
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and state = 'idle in transaction'",
      );
      await sleep(30);
    });
    const stream = aStream();
    await write(stream, 3);
    relay(bus);
    await expect.poll(waiting, { timeout: 5_000 }).toBe(0);
    expect(seqs(seen, stream)).toEqual([1, 2, 3, 1, 2, 3]);
  });

  it('keeps what the broker would not take, and publishes it when it does', async () => {
    let isBroken = true;
    const { seen, bus } = broker(async () => {
      if (isBroken) throw new Error('no broker');
    });
    relay(bus);
    const stream = aStream();
    await write(stream, 4);
    await sleep(300);
    expect(await waiting()).toBe(4);
    isBroken = false;
    await expect.poll(waiting, { timeout: 5_000 }).toBe(0);
    expect(seqs(seen, stream)).toEqual(upTo(4));
  });

  it('never publishes a row that another relay is publishing', async () => {
    const inFlight = new Map<string, number>();
    let most = 0;
    const { seen, bus } = broker(async (changes) => {
      for (const change of changes) inFlight.set(change.id, (inFlight.get(change.id) ?? 0) + 1);
      most = Math.max(most, ...inFlight.values());
      await sleep(5);
    });
    const other = await openLog(database.url);
    const [one, two] = [relay(bus), relay(bus, other)];
    const streams = Array.from({ length: 8 }, aStream);
    for (let i = 0; i < 10; i++) {
      await Promise.all(streams.map((stream) => write(stream, 10)));
      one.wake();
      two.wake();
    }
    await expect.poll(waiting, { timeout: 5_000 }).toBe(0);
    expect(most).toBe(1);
    expect(seen).toHaveLength(800);
    await Promise.all(relays.splice(0).map((r) => r.stop(1_000)));
    await other.close();
  });

  it('publishes everything that is left when it is stopped', async () => {
    const { seen, bus } = broker(() => sleep(10));
    const stream = aStream();
    await write(stream, 1_700);
    const mine = relay(bus);
    await mine.stop(10_000);
    expect(seqs(seen, stream)).toEqual(upTo(1_700));
    expect(await waiting()).toBe(0);
  });

  it('stops in time when the broker hangs, and the rest stays for the next one', async () => {
    let isHanging = true;
    const { bus } = broker(async () => {
      while (isHanging) await sleep(10);
      throw new Error('gone');
    });
    await write(aStream(), 3);
    const mine = relay(bus);
    const began = performance.now();
    await mine.stop(200);
    expect(performance.now() - began).toBeLessThan(1_000);
    isHanging = false;
    await expect.poll(waiting, { timeout: 2_000 }).toBe(3);
  });

  it('works with one connection, long texts included', async () => {
    const narrow = await openLog(database.url, 1);
    const { seen, bus } = broker();
    const stream = aStream();
    await write(stream, 5, 'x'.repeat(6_000));
    const mine = relay(bus, narrow);
    await expect.poll(() => seqs(seen, stream), { timeout: 3_000 }).toEqual(upTo(5));
    expect(seen[0]?.after?.title).toBe(`${'x'.repeat(6_000)}0`);
    await mine.stop(1_000);
    await narrow.close();
  });

  it('goes on by itself after the server ended its connections', async () => {
    const { seen, bus } = broker();
    relay(bus);
    const stream = aStream();
    for (let i = 0; i < 5; i++) {
      await write(stream, 2);
      await asAdmin(
        database.url,
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'gantry notes'",
      );
      await sleep(50);
    }
    await expect.poll(waiting, { timeout: 5_000 }).toBe(0);
    expect([...new Set(seqs(seen, stream))].sort((a, b) => a - b)).toEqual(upTo(10));
  });
});
