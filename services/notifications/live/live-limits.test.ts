import { newId } from '@gantry/contracts';
import { LIVE_CLOSE } from '@gantry/contracts/notifications';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../../tests/setup/postgres.ts';
import { type LiveWorld, startLiveWorld } from '../testing/live-world.ts';
import { soon } from '../testing/soon.ts';

let database: TestDatabase;
let world: LiveWorld;
beforeAll(async () => {
  database = await testDatabase('live_limits');
  world = await startLiveWorld(database.url);
});
afterAll(async () => {
  await world?.stop();
  await database?.drop();
});

const socketsOpen = async () =>
  (await world.runtime.metrics.sockets.get()).values.reduce((sum, v) => sum + v.value, 0);

describe('what is not a frame', () => {
  it.each([
    ['no JSON', '{"type":'],
    ['nothing', ''],
    ['JSON of another shape', '[1]'],
    ['an unknown type', '{"type":"shout"}'],
    ['a field too many', '{"type":"ping","x":1}'],
    ['a seq below zero', '{"type":"subscribe","stream":"notes/book:x","after":-1}'],
    ['a seq that is text', '{"type":"subscribe","stream":"notes/book:x","after":"1"}'],
    ['a name that is too long', JSON.stringify({ type: 'unsubscribe', stream: 'x'.repeat(101) })],
    ['a control character', '{"type":"here","stream":"notes/book:x","at":"a\\u0000b"}'],
    ['a lone surrogate', '{"type":"here","stream":"notes/book:x","at":"\\ud800"}'],
  ])('gets a problem and leaves the socket open: %s', async (_name, text) => {
    const client = await world.connect();
    client.send(text);
    expect((await client.next('problem')).code).toBe('bad_frame');
    client.send({ type: 'ping' });
    await client.next('pong');
    await client.close();
  });

  it('closes the socket with 4400 when it goes on', async () => {
    const client = await world.connect();
    for (let i = 0; i < 5; i++) client.socket.send(Buffer.from([0xff, i]), { binary: true });
    expect(await client.closed).toBe(LIVE_CLOSE.bad_frame);
    expect(client.frames.filter((f) => f.type === 'problem').length).toBe(5);
  });

  it('closes the socket with 1009 when it is larger than 64 KiB', async () => {
    const client = await world.connect();
    client.send(JSON.stringify({ type: 'ping', x: 'y'.repeat(65 * 1024) }));
    expect(await client.closed).toBe(LIVE_CLOSE.frame_too_large);
  });

  it('survives broken UTF-8 and a broken line', async () => {
    const client = await world.connect();
    const raw = (client.socket as unknown as { _socket: { write(b: Buffer): void } })._socket;
    raw.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff]));
    expect([1002, 1006]).toContain(await client.closed);
    expect((await fetch(`${world.runtime.url}/health/ready`)).status).toBe(200);
  });
});

describe('limits', () => {
  it('names a stream that is none, and asks to subscribe before saying here', async () => {
    const client = await world.connect();
    client.send({ type: 'subscribe', stream: 'what' });
    expect((await client.next('problem')).code).toBe('unknown_stream');
    client.send({ type: 'here', stream: world.aBook().stream, at: null });
    expect((await client.next('problem')).code).toBe('not_subscribed');
    await client.close();
  });

  it('follows 100 streams on a socket and refuses the next', async () => {
    const client = await world.connect();
    const books = Array.from({ length: 101 }, () => world.aBook());
    for (const { stream } of books) client.send({ type: 'subscribe', stream });
    expect((await client.next('problem')).code).toBe('stream_limit');
    await soon(() => client.frames.filter((f) => f.type === 'subscribed').length).toBe(100);
    client.send({ type: 'subscribe', stream: books[5]?.stream, after: 0 });
    await soon(() => client.frames.filter((f) => f.type === 'subscribed').length).toBe(101);
    await client.close();
  });

  it('opens 50 sockets a person and refuses the next, not those of others', async () => {
    const userId = newId('user');
    const clients = await Promise.all(Array.from({ length: 50 }, () => world.connect({ userId })));
    const { liveClient } = await import('../testing/live-client.ts');
    const token = await world.identity.token(userId, { sid: userId });
    const extra = await liveClient(world.runtime.url, token);
    expect((await extra.next('problem')).code).toBe('socket_limit');
    expect(await extra.closed).toBe(LIVE_CLOSE.too_many);
    await (await world.connect()).close();
    await Promise.all(clients.map((client) => client.close()));
    await (await world.connect({ userId })).close();
  });

  it('slows down who sends frames without end, then closes', async () => {
    const client = await world.connect();
    for (let i = 0; i < 400; i++) client.send({ type: 'ping' });
    expect(await client.closed).toBe(LIVE_CLOSE.bad_frame);
    expect(client.frames).toContainEqual(expect.objectContaining({ code: 'too_many_frames' }));
  });

  it('counts the open sockets', async () => {
    await soon(socketsOpen).toBe(0);
    const client = await world.connect();
    expect(await socketsOpen()).toBe(1);
    await client.close();
    await soon(socketsOpen).toBe(0);
  });
});

describe('a socket that does not read', () => {
  it('is sent back to a snapshot and closed, while others get everything', async () => {
    const book = world.aBook();
    const [slow, quick] = [await world.connect(), await world.connect()];
    for (const client of [slow, quick]) {
      client.send({ type: 'subscribe', stream: book.stream });
      await client.next('subscribed');
    }
    slow.socket.pause();
    const text = 'long '.repeat(20_000);
    for (let i = 0; i < 20; i++) await world.write(book, 10, text);
    await soon(() => quick.changes(book.stream).length).toBe(200);
    // What the system buffers is beyond our sight; two seconds without room are what counts.
    await new Promise((resolve) => setTimeout(resolve, 2_800));
    slow.socket.resume();
    await slow.next('resync');
    expect(await slow.closed).toBe(LIVE_CLOSE.resync);
    const got = slow.changes(book.stream).map((c) => c.seq);
    expect(got).toEqual(got.map((_, i) => i + 1));
    expect(got.length).toBeLessThan(200);
    await quick.close();
  });
});

describe('stopping', () => {
  it('tells everybody to go elsewhere and ends, without leaving rows behind', async () => {
    const own = await testDatabase('live_drain');
    const leaving = await startLiveWorld(own.url);
    const book = leaving.aBook();
    const clients = await Promise.all(Array.from({ length: 5 }, () => leaving.connect()));
    for (const client of clients) {
      client.send({ type: 'subscribe', stream: book.stream });
      await client.next('subscribed');
      client.send({ type: 'here', stream: book.stream, at: null });
    }
    await clients[0]?.next('presence');
    const frozen = await leaving.connect();
    frozen.socket.pause();
    const started = performance.now();
    await leaving.stop();
    expect(performance.now() - started).toBeLessThan(8_000);
    for (const client of clients) expect(await client.closed).toBe(LIVE_CLOSE.going_away);
    frozen.socket.terminate();
    await own.drop();
  });
});
