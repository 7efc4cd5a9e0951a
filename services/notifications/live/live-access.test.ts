import { newId } from '@gantry/contracts';
import { LIVE_CLOSE } from '@gantry/contracts/notifications';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../../tests/setup/postgres.ts';
import { lateness } from '../testing/lateness.ts';
import type { LiveClient } from '../testing/live-client.ts';
import { type Book, type LiveWorld, startLiveWorld } from '../testing/live-world.ts';
import { soon } from '../testing/soon.ts';

let database: TestDatabase;
let world: LiveWorld;
beforeAll(async () => {
  database = await testDatabase('live_access');
  world = await startLiveWorld(database.url);
});
afterEach(() => {
  world.deaf.bus = false;
  world.deaf.access = false;
  world.identity.away = false;
});
afterAll(async () => {
  await world?.stop();
  await database?.drop();
});

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const seqsOf = (client: LiveClient, book: Book) => client.changes(book.stream).map((c) => c.seq);

async function aFollower(book: Book) {
  const userId = newId('user');
  const client = await world.connect({ userId });
  client.send({ type: 'subscribe', stream: book.stream });
  await client.next('subscribed', book.stream);
  return { userId, client };
}

/** Writes a change every 20 ms until told to stop. */
function keepWriting(book: Book): () => Promise<void> {
  let on = true;
  const running = (async () => {
    while (on) {
      await world.write(book);
      await sleep(20);
    }
  })();
  return async () => {
    on = false;
    await running;
  };
}

describe('access to a stream', () => {
  it('is refused, and to streams that do not exist, with the same answer', async () => {
    const book = world.aBook();
    const userId = newId('user');
    world.refused.add(userId);
    const client = await world.connect({ userId });
    for (const stream of [
      book.stream,
      book.stream.replace('book', 'shelf'),
      book.stream.replace('notes', 'nobody'),
      book.stream.replace('notes', 'notifications'),
    ]) {
      client.send({ type: 'subscribe', stream });
      expect(await client.next('ended', stream)).toMatchObject({ reason: 'no_access' });
    }
    await world.write(book);
    await sleep(200);
    expect(client.frames.map((f) => f.type)).toEqual(['hello', 'ended', 'ended', 'ended', 'ended']);
    await client.close();
  });

  it.each([
    ['while changes are published', false],
    ['while the bus is stopped', true],
  ])('ends within a second when it is taken away, %s', async (_name, deaf) => {
    const book = world.aBook();
    const { client } = await aFollower(book);
    const removed = await aFollower(book);
    await sleep(500);
    world.deaf.bus = deaf;
    const stop = keepWriting(book);
    const late = lateness();
    const taken = performance.now();
    world.refused.add(removed.userId);
    const ended = await removed.client.next('ended', book.stream, 2_000);
    expect(performance.now() - taken).toBeLessThan(1_000 + late());
    expect(ended.reason).toBe('no_access');
    const count = removed.client.frames.length;
    await sleep(300);
    await stop();
    expect(removed.client.frames.length).toBe(count);
    // Who still has access misses nothing, and the socket stands for other streams.
    const { head } = (await world.notes.logOf('notes').read(book.stream, 0, 1)).meta;
    await soon(() => seqsOf(client, book).at(-1)).toBe(head);
    removed.client.send({ type: 'ping' });
    await removed.client.next('pong');
    world.refused.delete(removed.userId);
    removed.client.send({ type: 'subscribe', stream: book.stream });
    await removed.client.next('subscribed', book.stream);
    await Promise.all([client.close(), removed.client.close()]);
  });

  it('that cannot be judged holds everything back, and loses nothing once it can', async () => {
    const book = world.aBook();
    const { client } = await aFollower(book);
    world.deaf.access = true;
    await sleep(1_000);
    await world.write(book, 5);
    await sleep(1_200);
    expect(seqsOf(client, book)).toEqual([]);
    world.deaf.access = false;
    await soon(() => seqsOf(client, book)).toEqual([1, 2, 3, 4, 5]);
    await client.close();
  });

  it('that cannot be judged for long closes the socket, to be tried again', async () => {
    const book = world.aBook();
    const { client } = await aFollower(book);
    world.deaf.access = true;
    expect(await client.closed).toBe(LIVE_CLOSE.try_again);
  });
});

describe('a session', () => {
  it('that ends takes its sockets and only these with it, within a second', async () => {
    const book = world.aBook();
    const other = world.aBook();
    const userId = newId('user');
    const sid = newId('session');
    const [here, there] = [
      await world.connect({ userId, claims: { sid } }),
      await world.connect({ userId, claims: { sid: newId('session') } }),
    ];
    for (const client of [here, there]) {
      for (const { stream } of [book, other]) {
        client.send({ type: 'subscribe', stream });
        await client.next('subscribed', stream);
      }
    }
    await sleep(500);
    const late = lateness();
    const ended = performance.now();
    world.identity.revoke(sid);
    expect(await here.closed).toBe(LIVE_CLOSE.unauthenticated);
    expect(performance.now() - ended).toBeLessThan(1_000 + late());
    for (const { stream } of [book, other])
      expect(await here.next('ended', stream)).toMatchObject({ reason: 'signed_out' });
    await world.write(book);
    await soon(() => seqsOf(there, book)).toEqual([1]);
    await there.close();
  });

  it('that ended before the socket opened is told nothing', async () => {
    const book = world.aBook();
    await world.write(book);
    const sid = newId('session');
    const userId = newId('user');
    world.identity.revoke(sid);
    const client = await world.connect({ userId, claims: { sid } });
    client.send({ type: 'subscribe', stream: book.stream, after: 0 });
    expect(await client.closed).toBe(LIVE_CLOSE.unauthenticated);
    expect(client.frames.some((f) => f.type === 'changes' || f.type === 'subscribed')).toBe(false);
  });

  it('that cannot be judged holds everything back, and loses nothing once it can', async () => {
    const book = world.aBook();
    const { client } = await aFollower(book);
    world.identity.away = true;
    await sleep(1_000);
    await world.write(book, 2);
    await sleep(300);
    expect(seqsOf(client, book)).toEqual([]);
    world.identity.away = false;
    await soon(() => seqsOf(client, book)).toEqual([1, 2]);
    await client.close();
  });

  it('whose token expired while nobody could be asked is tried again, not signed out', async () => {
    const userId = newId('user');
    const exp = Math.floor(Date.now() / 1000) + 3;
    world.identity.away = true;
    const client = await world.connect({ userId, claims: { exp } });
    await sleep(3_500);
    world.identity.away = false;
    expect(await client.closed).toBe(LIVE_CLOSE.try_again);
  });
});
