import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../../tests/setup/postgres.ts';
import type { LiveClient } from '../testing/live-client.ts';
import { type Book, type LiveWorld, startLiveWorld } from '../testing/live-world.ts';
import { randomFrom } from '../testing/random.ts';
import { soon } from '../testing/soon.ts';

let database: TestDatabase;
let one: LiveWorld;
let two: LiveWorld;
beforeAll(async () => {
  database = await testDatabase('live_order');
  one = await startLiveWorld(database.url);
  two = await startLiveWorld(database.url, { identity: one.identity });
});
afterAll(async () => {
  await two?.stop();
  await one?.stop();
  await database?.drop();
});

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

/** Every seq a client was told of, ranges included, in the order told. */
function told(client: LiveClient, book: Book): number[] {
  return client.frames.flatMap((f) =>
    f.type === 'changes' && f.stream === book.stream
      ? f.changes.map((c) => c.seq)
      : f.type === 'range' && f.stream === book.stream
        ? Array.from({ length: f.to - f.from + 1 }, (_, i) => f.from + i)
        : [],
  );
}

/** Follows a stream to its end, leaving and coming back at random, and gives every seq in the order told. */
async function restless(world: LiveWorld, book: Book, end: number, random: () => number): Promise<number[]> {
  const got: number[] = [];
  while ((got.at(-1) ?? 0) < end) {
    const client = await world.connect();
    client.send({ type: 'subscribe', stream: book.stream, after: got.at(-1) ?? 0 });
    const until = performance.now() + random() * 250;
    const base = got.at(-1) ?? 0;
    while (performance.now() < until && (told(client, book).at(-1) ?? base) < end) await sleep(5);
    if (random() < 0.5) client.socket.terminate();
    else client.socket.close();
    await client.closed;
    got.push(...told(client, book));
  }
  return got;
}

async function writers(worlds: LiveWorld[], book: Book, each: number, random: () => number): Promise<void> {
  await Promise.all(
    worlds.map(async (world) => {
      for (let left = each; left > 0; ) {
        const count = Math.min(left, 1 + Math.floor(random() * 5));
        await world.write(book, count);
        left -= count;
        await sleep(random() * 15);
      }
    }),
  );
}

describe('order', () => {
  it.each([1, 2, 3])(
    'has no gap and no repeat while four write and clients come and go (seed %i)',
    async (seed) => {
      const random = randomFrom(seed);
      const book = one.aBook();
      const steady = await Promise.all([one.connect(), two.connect()]);
      for (const client of steady) client.send({ type: 'subscribe', stream: book.stream, after: 0 });
      const results = await Promise.all([
        restless(one, book, 500, random),
        restless(two, book, 500, random),
        restless(one, book, 500, random),
        writers([one, two, one, two], book, 125, random),
      ]);
      for (const got of results.slice(0, 3)) expect(got).toEqual(upTo(500));
      for (const client of steady) {
        await soon(() => told(client, book).length).toBe(500);
        expect(told(client, book)).toEqual(upTo(500));
        await client.close();
      }
    },
  );

  it('heals when every connection to the database is cut, again and again, and loses nothing', async () => {
    const book = one.aBook();
    const clients = await Promise.all([one.connect(), two.connect()]);
    for (const client of clients) client.send({ type: 'subscribe', stream: book.stream, after: 0 });
    const admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
    let written = 0;
    for (let round = 0; round < 5; round++) {
      await admin.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      );
      for (let i = 0; i < 10; i++) {
        // What a cut connection took with it is not counted; what the log says in the end is.
        await one.write(book).catch(() => {});
        await sleep(10);
      }
    }
    written = (await one.notes.logOf('notes').read(book.stream, 0, 1)).meta.head;
    expect(written).toBeGreaterThan(10);
    for (const client of clients) {
      await soon(() => told(client, book).length).toBe(written);
      expect(told(client, book)).toEqual(upTo(written));
      await client.close();
    }
    await admin.end();
  });
});
