import { mkdtemp } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineContract, defineRoute, newId, Strict } from '@gantry/contracts';
import { Type } from 'typebox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../tests/setup/postgres.ts';
import { type Runtime, startRuntime } from '../runtime.ts';
import { defineService, handlerFor } from '../service.ts';
import { makeLogger } from '../telemetry.ts';
import { notesService, type TestIdentity, testIdentity } from '../testing/index.ts';

let database: TestDatabase;
let identity: TestIdentity;
let runtime: Runtime;
const errors: unknown[] = [];

const oddContract = defineContract({
  name: 'odd',
  routes: {
    anything: defineRoute({
      id: 'anything',
      method: 'POST',
      path: '/anything',
      status: 200,
      summary: 'Takes any JSON',
      body: Strict({
        any: Type.Unknown(),
        list: Type.Optional(Type.Array(Type.Integer(), { maxItems: 10 })),
      }),
      response: Type.Object({ ok: Type.Boolean() }),
    }),
    upload: defineRoute({
      id: 'upload',
      method: 'POST',
      path: '/upload',
      status: 201,
      summary: 'Takes a file',
      raw: { body: 'stream' },
      bodyLimit: 1024 * 1024,
      response: Type.Object({ bytes: Type.Integer() }),
    }),
  },
});
const handle = handlerFor();
const odd = defineService({
  name: 'odd',
  contract: oddContract,
  config: {},
  migrations: null,
  pool: 2,
  calls: {},
  routes: [
    handle(oddContract.routes.anything, (ctx) => ctx.write(async () => ({ ok: true }))),
    handle(oddContract.routes.upload, (ctx) =>
      ctx.service.files.put(`x/${newId('import')}`, ctx.rawBody, { maxBytes: 1024 * 1024 }),
    ),
  ],
});

beforeAll(async () => {
  database = await testDatabase('hard_input');
  identity = await testIdentity();
  const log = makeLogger('error', {
    write: (line: string) => {
      errors.push(JSON.parse(line));
    },
  });
  runtime = await startRuntime({
    services: [identity.users, notesService(), odd],
    databaseUrl: database.url,
    secret: 'test',
    log,
    dataDir: await mkdtemp(join(tmpdir(), 'gantry-kit-')),
    env: { PORT: '0', HOST: '127.0.0.1' },
  });
});
afterAll(async () => {
  await runtime?.stop();
  await database?.drop();
});

async function post(path: string, text: string, headers: Record<string, string> = {}, token?: string) {
  const began = performance.now();
  const answer = await fetch(`${runtime.url}/api/v1${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${token ?? (await identity.token())}`,
      ...headers,
    },
    body: text,
  });
  return {
    status: answer.status,
    ms: performance.now() - began,
    body: (await answer.json()) as Record<string, unknown>,
  };
}

describe('JSON that is meant to hurt', () => {
  it('nested a hundred thousand deep is refused, with an Idempotency-Key too', async () => {
    errors.length = 0;
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    for (const text of [
      deep,
      `{"any":${deep}}`,
      `{"what":${deep}}`,
      `${`{"a":`.repeat(50_000)}1${'}'.repeat(50_000)}`,
    ])
      for (const headers of [{}, { 'idempotency-key': newId('task') }] as Record<string, string>[]) {
        const { status } = await post('/anything', text, headers);
        expect(status).toBeLessThan(500);
        expect((await post(`/books/${newId('project')}/notes`, text, headers)).status).toBeGreaterThanOrEqual(
          400,
        );
      }
    expect(errors).toEqual([]);
  });

  it('with half a million faults is refused soon', async () => {
    const { status, ms, body } = await post('/anything', `{"any":1,"list":[${'"x",'.repeat(200_000)}"x"]}`);
    expect(status).toBe(422);
    expect((body.fields as unknown[]).length).toBeLessThanOrEqual(20);
    expect(ms).toBeLessThan(5_000);
    const names = Array.from({ length: 60_000 }, (_, i) => `"k${i}":1`).join();
    const many = await post('/anything', `{"any":1,${names}}`);
    expect(many.status).toBe(422);
    expect(many.ms).toBeLessThan(5_000);
  });
});

describe('a repeated write', () => {
  it('sent eight times at once with an id and a key of the client has one effect and one answer', async () => {
    const token = await identity.token();
    for (let round = 0; round < 5; round++) {
      const path = `/books/${newId('project')}/notes`;
      const text = JSON.stringify({ id: newId('task'), title: 'Once' });
      const key = { 'idempotency-key': newId('task') };
      const answers = await Promise.all(Array.from({ length: 8 }, () => post(path, text, key, token)));
      expect(answers.map((a) => a.status)).toEqual(Array(8).fill(201));
      expect((await post(path, text, {}, token)).body).toMatchObject({ code: 'already_exists' });
    }
  });
});

/** What the server says to these bytes, until it closes the connection. */
function raw(bytes: string | Buffer, end = true): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(runtime.url).port), '127.0.0.1');
    let said = '';
    socket.setTimeout(3_000, () => socket.destroy());
    socket.on('data', (chunk) => {
      said += chunk.toString();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(said));
    if (end) socket.end(bytes);
    else socket.write(bytes);
  });
}

describe('bytes that are no request', () => {
  it.each([
    ['garbage', 'hello\r\n\r\n', 400],
    ['an unknown method', 'BREW / HTTP/1.1\r\nhost: x\r\n\r\n', 400],
    ['a header with a line feed', 'GET / HTTP/1.1\r\nhost: x\r\na\n: b\r\n\r\n', 400],
    ['two lengths', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\na', 400],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['huge headers', `GET / HTTP/1.1\r\nhost: x\r\na: ${'b'.repeat(40_000)}\r\n\r\n`, 431],
    [
      'a bad chunk',
      'POST /api/v1/anything HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
      400,
    ],
  ])('are answered with a problem and its id: %s', async (_name, bytes, status) => {
    const said = await raw(bytes);
    expect(said).toMatch(/^HTTP\/1\.1 /);
    const last = said.slice(said.lastIndexOf('HTTP/1.1'));
    expect(last).toContain(`HTTP/1.1 ${status} `);
    expect(last).toContain('application/problem+json');
    expect(JSON.parse(last.slice(last.indexOf('\r\n\r\n')))).toMatchObject({
      code: 'invalid_request',
      request_id: expect.any(String),
    });
  });

  it('of an upload that breaks off leave no file and no fault in the log', async () => {
    errors.length = 0;
    const token = await identity.token();
    for (const headers of [
      { 'content-length': '500000', 'content-type': 'text/plain' },
      { 'transfer-encoding': 'chunked', 'content-type': 'application/json' },
    ]) {
      await new Promise<void>((resolve) => {
        const sent = request(`${runtime.url.replace('localhost', '127.0.0.1')}/api/v1/upload`, {
          method: 'POST',
          headers: { ...headers, authorization: `Bearer ${token}` },
        });
        sent.on('error', () => resolve());
        sent.write('x'.repeat(100_000));
        setTimeout(() => sent.destroy(), 50);
      });
    }
    await sleep(100);
    const files = runtime.services.get('odd')?.files;
    expect(await files?.list('x')).toEqual([]);
    expect(errors).toEqual([]);
    const big = await fetch(`${runtime.url}/api/v1/upload`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: 'x'.repeat(1024 * 1024 + 1),
    });
    expect(big.status).toBe(413);
    expect(await files?.list('x')).toEqual([]);
  });
});
