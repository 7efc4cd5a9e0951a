import { newId } from '@gantry/contracts';
import { LIVE_CLOSE } from '@gantry/contracts/notifications';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../../tests/setup/postgres.ts';
import { liveClient } from '../testing/live-client.ts';
import { type LiveWorld, startLiveWorld } from '../testing/live-world.ts';
import { soon } from '../testing/soon.ts';

let database: TestDatabase;
let world: LiveWorld;
beforeAll(async () => {
  database = await testDatabase('live');
  world = await startLiveWorld(database.url);
});
afterAll(async () => {
  await world?.stop();
  await database?.drop();
});

const seqs = (changes: { seq: number }[]) => changes.map((c) => c.seq);
const upTo = (n: number, from = 1) => Array.from({ length: n - from + 1 }, (_, i) => from + i);

describe('following a stream', () => {
  it('tells the head, then every later change in order, to everybody on the stream', async () => {
    const book = world.aBook();
    await world.write(book, 3);
    const [one, two] = [await world.connect(), await world.connect()];
    for (const client of [one, two]) {
      client.send({ type: 'subscribe', stream: book.stream });
      expect(await client.next('subscribed')).toMatchObject({ stream: book.stream, seq: 3 });
    }
    await world.write(book);
    await world.write(book, 2);
    for (const client of [one, two]) {
      await soon(() => seqs(client.changes(book.stream))).toEqual([4, 5, 6]);
      expect(client.changes(book.stream)[0]).toMatchObject({
        event: 'note.created',
        after: { title: 'Note 0' },
      });
      await client.close();
    }
  });

  it('catches up from where the client stands', async () => {
    const book = world.aBook();
    await world.write(book, 150);
    const client = await world.connect();
    client.send({ type: 'subscribe', stream: book.stream, after: 10 });
    expect((await client.next('subscribed')).seq).toBe(150);
    await soon(() => seqs(client.changes(book.stream))).toEqual(upTo(150, 11));
    await world.write(book);
    await soon(() => seqs(client.changes(book.stream))).toEqual(upTo(151, 11));
    await client.close();
  });

  it('sends one range for more than 200 changes, also when they are written while it listens', async () => {
    const book = world.aBook();
    await world.write(book, 250);
    const client = await world.connect();
    client.send({ type: 'subscribe', stream: book.stream, after: 20 });
    expect(await client.next('range')).toMatchObject({ from: 21, to: 250 });
    await world.write(book, 300);
    await world.write(book, 1);
    // Published in batches, so what travels as ranges and what as changes may differ; together they are all.
    const covered = () =>
      client.frames
        .flatMap((f) =>
          f.type === 'range' ? upTo(f.to, f.from) : f.type === 'changes' ? seqs(f.changes) : [],
        )
        .at(-1);
    await soon(covered).toBe(551);
    const all = client.frames.flatMap((f) =>
      f.type === 'range' ? upTo(f.to, f.from) : f.type === 'changes' ? seqs(f.changes) : [],
    );
    expect(all).toEqual(upTo(551, 21));
    await client.close();
  });

  it('asks for a new snapshot when the client is more than 5,000 behind, or ahead of the log', async () => {
    const book = world.aBook();
    await world.write(book, 5_002);
    const client = await world.connect();
    client.send({ type: 'subscribe', stream: book.stream, after: 1 });
    await client.next('resync');
    client.send({ type: 'subscribe', stream: book.stream, after: 5_003 });
    await client.next('resync');
    client.send({ type: 'subscribe', stream: book.stream, after: 5_002 });
    expect((await client.next('subscribed')).seq).toBe(5_002);
    expect(client.changes(book.stream)).toEqual([]);
    await client.close();
  });

  it('does not send a client that has read ahead of the bus back to a snapshot', async () => {
    const book = world.aBook();
    const first = await world.connect();
    first.send({ type: 'subscribe', stream: book.stream });
    await first.next('subscribed');
    world.deaf.bus = true;
    await world.write(book, 2);
    const second = await world.connect();
    second.send({ type: 'subscribe', stream: book.stream, after: 2 });
    expect((await second.next('subscribed')).seq).toBe(2);
    world.deaf.bus = false;
    await world.write(book);
    await soon(() => seqs(second.changes(book.stream))).toEqual([3]);
    await soon(() => seqs(first.changes(book.stream))).toEqual([1, 2, 3]);
    await Promise.all([first.close(), second.close()]);
  });

  it('delivers within two seconds when the bus brings nothing', async () => {
    const book = world.aBook();
    const client = await world.connect();
    client.send({ type: 'subscribe', stream: book.stream });
    await client.next('subscribed');
    world.deaf.bus = true;
    try {
      await world.write(book, 3);
      await client.next('changes', book.stream, 2_000);
      expect(seqs(client.changes(book.stream))).toEqual([1, 2, 3]);
    } finally {
      world.deaf.bus = false;
    }
    await client.close();
  });

  it('stops after unsubscribe, and starts again from a seq', async () => {
    const book = world.aBook();
    const client = await world.connect();
    client.send({ type: 'subscribe', stream: book.stream });
    await client.next('subscribed');
    client.send({ type: 'unsubscribe', stream: book.stream });
    client.send({ type: 'ping' });
    await client.next('pong');
    await world.write(book, 2);
    client.send({ type: 'subscribe', stream: book.stream, after: 0 });
    await client.next('subscribed');
    await soon(() => seqs(client.changes(book.stream))).toEqual([1, 2]);
    await client.close();
  });
});

describe('who may connect', () => {
  it('closes with 4401 without a token, and with a forged or expired one', async () => {
    for (const token of [
      null,
      'garbage',
      await world.identity.token(newId('user'), { exp: 1_000_000_000 }),
      await world.identity.token(newId('user'), { aud: 'elsewhere' }),
    ]) {
      const client = await liveClient(world.runtime.url, token);
      expect(await client.closed).toBe(LIVE_CLOSE.unauthenticated);
      expect(client.frames).toEqual([]);
    }
  });

  it('lets only our own pages use a cookie', async () => {
    const token = await world.identity.token();
    const web = { 'x-gantry-origin': 'web' };
    for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1:1'])
      await expect(liveClient(world.runtime.url, token, { ...web, origin })).rejects.toThrow('403');
    const url = world.runtime.url.replace('localhost', '127.0.0.1');
    const ours = await liveClient(url, token, { ...web, origin: url });
    await ours.next('hello');
    await ours.close();
    const program = await liveClient(url, token, { origin: 'https://other.example' });
    await program.next('hello');
    await program.close();
  });

  it('answers an ordinary request with a problem, and an upgrade elsewhere as if there were none', async () => {
    const plain = await fetch(`${world.runtime.url}/api/v1/live`, {
      headers: { authorization: `Bearer ${await world.identity.token()}` },
    });
    expect(plain.status).toBe(422);
    expect(await plain.json()).toMatchObject({ code: 'invalid_request' });
    const { request } = await import('node:http');
    const status = await new Promise((resolve, reject) => {
      request(`${world.runtime.url}/health/live`, { headers: { connection: 'Upgrade', upgrade: 'h2c' } })
        .on('response', (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(200);
  });

  it('refuses a handshake that is not one, and goes on', async () => {
    const { request } = await import('node:http');
    const token = await world.identity.token();
    for (const headers of [
      { connection: 'Upgrade', upgrade: 'websocket' },
      {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-key': 'short',
        'sec-websocket-version': '13',
      },
      {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
        'sec-websocket-version': '7',
      },
    ]) {
      const status = await new Promise((resolve, reject) => {
        request(`${world.runtime.url}/api/v1/live`, {
          headers: { ...headers, authorization: `Bearer ${token}` } as Record<string, string>,
        })
          .on('response', (response) => resolve(response.resume().statusCode))
          .on('error', reject)
          .end();
      });
      expect([400, 426]).toContain(status);
    }
    await (await world.connect()).close();
  });
});
