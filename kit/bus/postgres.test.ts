import { setTimeout as sleep } from 'node:timers/promises';
import type { Change } from '@gantry/contracts';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../tests/setup/postgres.ts';
import { migrate } from '../db/migrate.ts';
import { makeLogger } from '../telemetry.ts';
import { aStream, publishedChange } from '../testing/log-database.ts';
import { type TcpProxy, tcpProxy } from '../testing/tcp-proxy.ts';
import { type Bus, PARTITIONS, partitionOf } from './bus.ts';
import { postgresBus } from './postgres.ts';

let database: TestDatabase;
let admin: pg.Client;
const buses: Bus[] = [];
const proxies: TcpProxy[] = [];

beforeAll(async () => {
  database = await testDatabase('bus');
  await migrate(database.url, []);
  admin = new pg.Client({ connectionString: database.url, application_name: 'test' });
  await admin.connect();
});
afterAll(async () => {
  await admin?.end();
  await database?.drop();
});
beforeEach(async () => {
  await admin.query('truncate bus.message, bus.cursor');
});
afterEach(async () => {
  await Promise.all(buses.splice(0).map((bus) => bus.stop()));
  await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
});

async function aBus(options: Partial<Parameters<typeof postgresBus>[0]> = {}): Promise<Bus> {
  const bus = await postgresBus({ url: database.url, log: makeLogger('silent'), ...options });
  buses.push(bus);
  return bus;
}

/** A process of its own, as far as the database can tell: its connections can be cut for good. */
async function aDistantBus(): Promise<{ bus: Bus; proxy: TcpProxy }> {
  const proxy = await tcpProxy(database.url);
  proxies.push(proxy);
  return { bus: await aBus({ url: proxy.url }), proxy };
}

const changes = (stream: string, from: number, count: number) =>
  Array.from({ length: count }, (_, i) => publishedChange(stream, from + i));
const key = (change: Change) => `${change.stream} ${change.seq}`;
/** One stream in each of the partitions. */
const oneEach = () => {
  const found = new Map<number, string>();
  while (found.size < PARTITIONS) {
    const stream = aStream();
    found.set(partitionOf(stream), stream);
  }
  return [...found.values()];
};

async function connections(): Promise<number> {
  const { rows } = await admin.query(
    "select count(*)::int as n from pg_stat_activity where datname = current_database() and application_name like 'gantry%'",
  );
  return rows[0].n;
}
async function cutEverything(): Promise<void> {
  await admin.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like 'gantry%'",
  );
}
async function messages(): Promise<number> {
  return Number((await admin.query('select count(*) as n from bus.message')).rows[0].n);
}

describe('publishing', () => {
  it('shows messages in the order of their ids under concurrent publishers: no reader skips one', async () => {
    const publishers = await Promise.all([aBus(), aBus(), aBus()]);
    const reader = await aBus();
    const tailed: Change[] = [];
    const worked: Change[] = [];
    await reader.tail((found) => void tailed.push(...found));
    await reader.work({
      consumer: 'a.b',
      owners: ['notes'],
      handle: async (found) => void worked.push(...found),
    });
    const sent: string[] = [];
    await Promise.all(
      Array.from({ length: 12 }, async (_, p) => {
        const stream = aStream();
        const bus = publishers[p % 3] as Bus;
        for (let i = 0; i < 25; i++) {
          const batch = changes(stream, 1 + i * 3, 3);
          await bus.publish(batch);
          sent.push(...batch.map(key));
        }
      }),
    );
    await expect.poll(() => tailed.length, { timeout: 5_000 }).toBe(sent.length);
    await expect.poll(() => worked.length, { timeout: 5_000 }).toBe(sent.length);
    expect(new Set(tailed.map(key))).toEqual(new Set(sent));
    for (const found of [tailed, worked]) {
      const last = new Map<string, number>();
      for (const change of found) {
        expect(change.seq).toBe((last.get(change.stream) ?? 0) + 1);
        last.set(change.stream, change.seq);
      }
    }
  });

  it('carries a change as it is', async () => {
    const bus = await aBus();
    const seen: Change[] = [];
    await bus.tail((found) => void seen.push(...found));
    const change = publishedChange(aStream(), 1, {
      after: { title: '“ä” \\ \u2028 🙂', n: 1e300, deep: { a: [null] } },
    });
    await bus.publish([change]);
    await expect.poll(() => seen).toEqual([change]);
  });
});

describe('work', () => {
  it('has one active consumer for each partition over two processes, which do all of it once', async () => {
    const streams = oneEach();
    const [one, two] = [await aBus(), await aBus()];
    const owners = new Map<number, Set<string>>();
    const handled: string[] = [];
    const worker = (name: string) => ({
      consumer: 'x.y',
      owners: ['notes'],
      async handle(found: Change[]) {
        for (const change of found) {
          const partition = partitionOf(change.stream);
          owners.set(partition, (owners.get(partition) ?? new Set()).add(name));
          handled.push(key(change));
        }
      },
    });
    await Promise.all([one.work(worker('one')), two.work(worker('two'))]);
    for (let i = 1; i <= 20; i++) await one.publish(streams.map((stream) => publishedChange(stream, i)));
    await expect.poll(() => handled.length, { timeout: 5_000 }).toBe(20 * PARTITIONS);
    expect(new Set(handled).size).toBe(20 * PARTITIONS);
    for (const names of owners.values()) expect(names.size).toBe(1);
  });

  it('gives a consumer only what the owners it named have published', async () => {
    const bus = await aBus();
    const seen: string[] = [];
    await bus.work({
      consumer: 'x.only',
      owners: ['tasks'],
      handle: async (found) => void seen.push(...found.map((c) => c.stream)),
    });
    const mine = aStream().replace('notes', 'tasks');
    await bus.publish([...changes(aStream(), 1, 3), publishedChange(mine, 1), ...changes(aStream(), 1, 3)]);
    await expect.poll(() => seen).toEqual([mine]);
  });

  it('hands over again what was not handled, and goes on when it was', async () => {
    const bus = await aBus();
    const seen: number[] = [];
    let failures = 3;
    await bus.work({
      consumer: 'x.again',
      owners: ['notes'],
      async handle(found) {
        if (failures-- > 0) throw new Error('no');
        seen.push(...found.map((c) => c.seq));
      },
    });
    await bus.publish(changes(aStream(), 1, 5));
    await expect.poll(() => seen, { timeout: 5_000 }).toEqual([1, 2, 3, 4, 5]);
  });

  it('goes over to another process within 2 s when one is cut off', async () => {
    const streams = oneEach();
    const { bus: first, proxy } = await aDistantBus();
    const seen = { first: 0, second: new Set<string>() };
    await first.work({
      consumer: 'x.failover',
      owners: ['notes'],
      handle: async (found) => {
        seen.first += found.length;
      },
    });
    const second = await aBus();
    await second.publish(streams.map((stream) => publishedChange(stream, 1)));
    await expect.poll(() => seen.first, { timeout: 5_000 }).toBe(PARTITIONS);
    await second.work({
      consumer: 'x.failover',
      owners: ['notes'],
      handle: async (found) => found.forEach((c) => void seen.second.add(key(c))),
    });
    await sleep(300);
    proxy.shut();
    const began = performance.now();
    await second.publish(streams.map((stream) => publishedChange(stream, 2)));
    await expect.poll(() => seen.second.size, { timeout: 5_000, interval: 20 }).toBe(PARTITIONS);
    const ms = performance.now() - began;
    expect(ms).toBeLessThan(2_000);
    expect(first.trouble()).toMatch(/no connection/);
  });

  it('goes over to another process when one stops in order', async () => {
    const [one, two] = [await aBus(), await aBus()];
    const seen: string[] = [];
    const worker = (name: string) => ({
      consumer: 'x.handover',
      owners: ['notes'],
      handle: async (found: Change[]) => void seen.push(...found.map((c) => `${name} ${c.seq}`)),
    });
    const stop = await one.work(worker('one'));
    const stream = aStream();
    await two.publish(changes(stream, 1, 1));
    await expect.poll(() => seen).toEqual(['one 1']);
    await two.work(worker('two'));
    await stop();
    await two.publish(changes(stream, 2, 1));
    await expect.poll(() => seen, { timeout: 3_000 }).toEqual(['one 1', 'two 2']);
  });
});

describe('the connections', () => {
  it('heal by themselves when the server ends all of them, for tail, work and publish', async () => {
    const bus = await aBus();
    const tailed = new Set<string>();
    const worked = new Set<string>();
    await bus.tail((found) => found.forEach((c) => void tailed.add(key(c))));
    await bus.work({
      consumer: 'x.heal',
      owners: ['notes'],
      handle: async (found) => found.forEach((c) => void worked.add(key(c))),
    });
    const sent = new Set<string>();
    const publish = async (stream: string, seq: number) => {
      // The relay's part: again until the bus has it.
      for (;;) {
        try {
          await bus.publish([publishedChange(stream, seq)]);
          sent.add(`${stream} ${seq}`);
          return;
        } catch {
          await sleep(20);
        }
      }
    };
    const stream = aStream();
    for (let round = 0; round < 5; round++) {
      await Promise.all(Array.from({ length: 10 }, (_, i) => publish(stream, round * 10 + i + 1)));
      await cutEverything();
    }
    await publish(stream, 51);
    await expect.poll(() => tailed.size, { timeout: 6_000 }).toBe(51);
    await expect.poll(() => worked.size, { timeout: 6_000 }).toBe(51);
    await expect.poll(() => bus.trouble(), { timeout: 6_000 }).toBeNull();
  });

  it('heal after a while without any server', async () => {
    const { bus, proxy } = await aDistantBus();
    const tailed: number[] = [];
    await bus.tail((found) => void tailed.push(...found.map((c) => c.seq)));
    proxy.shut();
    await expect(bus.publish(changes(aStream(), 1, 1))).rejects.toThrow();
    await expect.poll(() => bus.trouble(), { timeout: 3_000 }).toMatch(/no connection/);
    await sleep(1_500);
    proxy.open();
    const other = await aBus();
    await other.publish(changes(aStream(), 7, 1));
    await expect.poll(() => tailed, { timeout: 5_000 }).toEqual([7]);
    await expect.poll(() => bus.trouble(), { timeout: 5_000 }).toBeNull();
  });

  it('are all given back by stop(), also while they are being made anew', async () => {
    const { bus, proxy } = await aDistantBus();
    await bus.tail(() => {});
    await bus.work({ consumer: 'x.stop', owners: ['notes'], handle: async () => {} });
    proxy.shut();
    await sleep(30);
    proxy.open();
    await sleep(60);
    await bus.stop();
    buses.splice(buses.indexOf(bus), 1);
    await sleep(100);
    expect(proxy.count()).toBe(0);
    const plain = await aBus();
    await plain.tail(() => {});
    await plain.stop();
    buses.splice(buses.indexOf(plain), 1);
    await expect.poll(connections, { timeout: 2_000 }).toBe(0);
  });
});

describe('tail', () => {
  it('gives every process everything published from then on, and nothing from before', async () => {
    const all = await Promise.all([aBus(), aBus(), aBus()]);
    await (all[0] as Bus).publish(changes(aStream(), 1, 5));
    const seen = await Promise.all(
      all.map(async (bus) => {
        const mine: string[] = [];
        await bus.tail((found) => void mine.push(...found.map(key)));
        return mine;
      }),
    );
    const stream = aStream();
    for (let i = 0; i < 6; i++) await (all[i % 3] as Bus).publish(changes(stream, i * 200 + 1, 200));
    const expected = Array.from({ length: 1200 }, (_, i) => `${stream} ${i + 1}`);
    for (const mine of seen) await expect.poll(() => mine, { timeout: 5_000 }).toEqual(expected);
  });

  it('wakes within a few milliseconds in this process and soon in others', async () => {
    const [here, there] = [await aBus(), await aBus()];
    const at = { here: 0, there: 0 };
    await here.tail(() => {
      at.here = performance.now();
    });
    await there.tail(() => {
      at.there = performance.now();
    });
    await sleep(100);
    const waits: number[] = [];
    for (let i = 1; i <= 10; i++) {
      at.here = at.there = 0;
      const began = performance.now();
      await here.publish(changes(aStream(), 1, 1));
      await expect.poll(() => at.here > 0 && at.there > 0, { interval: 2, timeout: 2_000 }).toBe(true);
      waits.push(at.there - began);
    }
    // Polling alone would take 125 ms on average.
    expect(waits.sort((a, b) => a - b)[5]).toBeLessThan(100);
  });
});

describe('the sweep', () => {
  it('keeps what a consumer has not passed, whatever other partitions do, and removes the rest', async () => {
    const streams = oneEach();
    const bus = await aBus({ keepMinutes: 0, sweepMs: 50 });
    const [busy, blocked] = streams as [string, string];
    let isBlocked = true;
    const seen: string[] = [];
    const publisher = await aBus();
    const stop = await bus.work({
      consumer: 'x.sweep',
      owners: ['notes'],
      async handle(found) {
        if (isBlocked && found.some((c) => c.stream === blocked)) throw new Error('not yet');
        seen.push(...found.map(key));
      },
    });
    await publisher.publish(changes(busy, 1, 100));
    // Fourteen partitions have never had a message; they must not hold the others' back.
    await expect.poll(messages, { timeout: 5_000 }).toBe(0);
    await publisher.publish(changes(blocked, 1, 7));
    await sleep(300);
    expect(await messages()).toBe(7);
    isBlocked = false;
    await expect.poll(messages, { timeout: 5_000 }).toBe(0);
    expect(seen).toHaveLength(107);
    await stop();
  });

  it('keeps what a consumer that is not running has not seen, and forgets one that is gone for long', async () => {
    const bus = await aBus({ keepMinutes: 0, sweepMs: 50 });
    const stop = await bus.work({ consumer: 'x.gone', owners: ['notes'], handle: async () => {} });
    await stop();
    await bus.publish(changes(aStream(), 1, 3));
    await sleep(200);
    expect(await messages()).toBe(3);
    await admin.query("update bus.cursor set seen_at = now() - interval '8 days'");
    await expect.poll(messages, { timeout: 3_000 }).toBe(0);
  });

  it('leaves the way to a position short, however many messages are kept', async () => {
    await admin.query(
      `insert into bus.message (partition, stream, seq, change) select n % 16, 'notes/x:' || n, 1, '{}' from generate_series(1, 50000) n`,
    );
    await admin.query('analyze bus.message');
    await admin.query(
      "insert into bus.cursor select 'x.plan', p, 49990 + (select min(id) from bus.message) from generate_series(0, 15) p",
    );
    const { rows } = await admin.query(`explain (analyze, buffers, format json)
      select m.id from bus.cursor c cross join lateral (
        select * from bus.message m where m.partition = c.partition and m.id > c.position order by m.id limit 500
      ) m where c.consumer = 'x.plan' and c.partition = any('{0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15}') order by m.id limit 500`);
    expect(rows[0]['QUERY PLAN'][0].Plan['Shared Hit Blocks']).toBeLessThan(200);
  });
});
