import { type Id, newId } from '@gantry/contracts';
import type { Presence } from '@gantry/contracts/notifications';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../../tests/setup/postgres.ts';
import type { LiveClient } from '../testing/live-client.ts';
import { type Book, type LiveWorld, startLiveWorld } from '../testing/live-world.ts';
import { soon } from '../testing/soon.ts';

let database: TestDatabase;
let one: LiveWorld;
let two: LiveWorld;
beforeAll(async () => {
  database = await testDatabase('presence');
  one = await startLiveWorld(database.url);
  two = await startLiveWorld(database.url, { identity: one.identity, refused: one.refused });
});
afterAll(async () => {
  await two?.stop();
  await one?.stop();
  await database?.drop();
});

const lastSeen = (client: LiveClient, book: Book): Presence[] | undefined =>
  client.frames.filter((f) => f.type === 'presence' && f.stream === book.stream).at(-1) as never as
    | Presence[]
    | undefined;
const people = (client: LiveClient, book: Book) =>
  (lastSeen(client, book) as never as { people: Presence[] } | undefined)?.people ?? [];

async function join(world: LiveWorld, book: Book, name: string, userId: Id<'user'> = newId('user')) {
  const client = await world.connect({ userId, claims: { name } });
  client.send({ type: 'subscribe', stream: book.stream });
  await client.next('subscribed');
  return { client, userId };
}

describe('presence', () => {
  it('shows who is where, follows them, and forgets who leaves', async () => {
    const book = one.aBook();
    const ada = await join(one, book, 'Ada');
    const ben = await join(one, book, 'Ben');
    const at = newId('task');
    ada.client.send({ type: 'here', stream: book.stream, at });
    for (const { client } of [ada, ben])
      await soon(() => people(client, book)).toEqual([{ user_id: ada.userId, name: 'Ada', at }]);
    ben.client.send({ type: 'here', stream: book.stream, at: null });
    ada.client.send({ type: 'here', stream: book.stream, at: null });
    await soon(() => people(ben.client, book)).toEqual(
      [
        { user_id: ada.userId, name: 'Ada', at: null },
        { user_id: ben.userId, name: 'Ben', at: null },
      ].sort((a, b) => (a.user_id < b.user_id ? -1 : 1)),
    );
    const cleo = await join(one, book, 'Cleo');
    await soon(() => people(cleo.client, book).length).toBe(2);
    await ada.client.close();
    ben.client.send({ type: 'unsubscribe', stream: book.stream });
    await soon(() => people(cleo.client, book)).toEqual([]);
    await Promise.all([ben.client.close(), cleo.client.close()]);
  });

  it('counts a person once, however many sockets they have, until the last is gone', async () => {
    const book = one.aBook();
    const watcher = await join(one, book, 'Watcher');
    const userId = newId('user');
    const [desk, phone] = [await join(one, book, 'Ada', userId), await join(one, book, 'Ada', userId)];
    desk.client.send({ type: 'here', stream: book.stream, at: null });
    await watcher.client.next('presence');
    const at = newId('task');
    phone.client.send({ type: 'here', stream: book.stream, at });
    await soon(() => people(watcher.client, book)).toEqual([{ user_id: userId, name: 'Ada', at }]);
    await phone.client.close();
    await soon(() => people(watcher.client, book)).toEqual([{ user_id: userId, name: 'Ada', at: null }]);
    await desk.client.close();
    await soon(() => people(watcher.client, book)).toEqual([]);
    await watcher.client.close();
  });

  it('is not told to who may not follow the stream', async () => {
    const book = one.aBook();
    const ada = await join(one, book, 'Ada');
    const userId = newId('user');
    one.refused.add(userId);
    const other = await one.connect({ userId });
    other.send({ type: 'subscribe', stream: book.stream });
    await other.next('ended');
    ada.client.send({ type: 'here', stream: book.stream, at: null });
    await ada.client.next('presence');
    other.send({ type: 'here', stream: book.stream, at: null });
    expect((await other.next('problem')).code).toBe('not_subscribed');
    expect(other.frames.some((f) => f.type === 'presence')).toBe(false);
    await Promise.all([ada.client.close(), other.close()]);
  });

  it('crosses from one process to the other, and so does leaving', async () => {
    const book = one.aBook();
    const ada = await join(one, book, 'Ada');
    const ben = await join(two, book, 'Ben');
    const at = newId('task');
    ada.client.send({ type: 'here', stream: book.stream, at });
    await soon(() => people(ben.client, book)).toEqual([{ user_id: ada.userId, name: 'Ada', at }]);
    ben.client.send({ type: 'here', stream: book.stream, at: null });
    await soon(() => people(ada.client, book).length).toBe(2);
    await ada.client.close();
    await soon(() => people(ben.client, book)).toEqual([{ user_id: ben.userId, name: 'Ben', at: null }]);
    await ben.client.close();
  });

  it('of a process that stops goes with it', async () => {
    const book = one.aBook();
    const third = await startLiveWorld(database.url, { identity: one.identity });
    const ben = await join(one, book, 'Ben');
    const ada = await join(third, book, 'Ada');
    ada.client.send({ type: 'here', stream: book.stream, at: null });
    await soon(() => people(ben.client, book).length).toBe(1);
    await third.stop();
    await soon(() => people(ben.client, book)).toEqual([]);
    await ben.client.close();
  });
});
