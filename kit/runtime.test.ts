import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Change, newId } from '@gantry/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../tests/setup/postgres.ts';
import { type Runtime, startRuntime } from './index.ts';
import { makeLogger } from './telemetry.ts';
import { noteCreated, notesService, type TestIdentity, testIdentity } from './testing/index.ts';

let database: TestDatabase;
let runtime: Runtime;
let identity: TestIdentity;
const seen: Change[] = [];

beforeAll(async () => {
  database = await testDatabase('runtime');
  identity = await testIdentity();
  const notes = notesService(new URL('./testing/migrations/', import.meta.url), [
    { consumer: 'seen', on: [noteCreated], handle: async (_ctx, _tx, change) => void seen.push(change) },
  ]);
  runtime = await startRuntime({
    services: [identity.users, notes],
    databaseUrl: database.url,
    secret: 'test',
    log: makeLogger('warn', process.stderr),
    dataDir: await mkdtemp(join(tmpdir(), 'gantry-kit-')),
    env: { PORT: '0', HOST: '127.0.0.1', GANTRY_VALIDATE_EVENTS: '1' },
  });
});
afterAll(async () => {
  await runtime?.stop();
  await database?.drop();
});

async function call(
  method: string,
  path: string,
  options: { body?: unknown; text?: string; headers?: Record<string, string>; token?: string | null } = {},
) {
  const token = options.token === undefined ? await identity.token() : options.token;
  return fetch(`${runtime.url}${path}`, {
    method,
    headers: {
      ...(options.body === undefined && options.text === undefined
        ? {}
        : { 'content-type': 'application/json' }),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...options.headers,
    },
    ...(options.text !== undefined
      ? { body: options.text }
      : options.body === undefined
        ? {}
        : { body: JSON.stringify(options.body) }),
  });
}

describe('a service made with the kit', () => {
  it('writes, logs, publishes and consumes one change', async () => {
    const book = newId('project');
    const answer = await call('POST', `/api/v1/books/${book}/notes`, {
      body: { title: 'Hello' },
      headers: { 'x-mutation-id': 'm-1' },
    });
    expect(answer.status).toBe(201);
    const note = (await answer.json()) as { id: string; version: number };
    expect(note).toMatchObject({ title: 'Hello', version: 1 });
    await expect
      .poll(() => seen.find((c) => c.entity_id === note.id), { timeout: 5000 })
      .toMatchObject({ event: 'note.created', seq: 1, mutation_id: 'm-1', after: { title: 'Hello' } });
  });

  it('answers an ETag, 304 to the same one, and 412 to an old If-Match', async () => {
    const created = (await (
      await call('POST', `/api/v1/books/${newId('project')}/notes`, { body: { title: 'A' } })
    ).json()) as { id: string };
    const first = await call('GET', `/api/v1/notes/${created.id}`);
    const etag = first.headers.get('etag') as string;
    expect(etag).toMatch(/^"v1\./);
    expect(
      (await call('GET', `/api/v1/notes/${created.id}`, { headers: { 'if-none-match': etag } })).status,
    ).toBe(304);
    expect(
      (
        await call('PATCH', `/api/v1/notes/${created.id}`, {
          body: { title: 'B' },
          headers: { 'if-match': etag },
        })
      ).status,
    ).toBe(200);
    expect(
      (
        await call('PATCH', `/api/v1/notes/${created.id}`, {
          body: { title: 'C' },
          headers: { 'if-match': etag },
        })
      ).status,
    ).toBe(412);
  });

  it('gives a repeat with the same Idempotency-Key the same answer and one effect, also at once', async () => {
    const token = await identity.token();
    const path = `/api/v1/books/${newId('project')}/notes`;
    const send = (title: string) =>
      call('POST', path, { body: { title }, headers: { 'idempotency-key': 'k1' }, token });
    const answers = await Promise.all(Array.from({ length: 8 }, () => send('Once')));
    const ids = new Set(await Promise.all(answers.map(async (a) => ((await a.json()) as { id: string }).id)));
    expect(answers.map((a) => a.status)).toEqual(Array(8).fill(201));
    expect(ids.size).toBe(1);
    expect((await send('Other')).status).toBe(422);
  });

  it.each([
    ['bad JSON', { text: '{"title":' }, 400, 'malformed_json'],
    ['a wrong type', { body: { title: 5 } }, 422, 'invalid_request'],
    ['an unknown field', { body: { title: 'x', colour: 'red' } }, 422, 'invalid_request'],
    ['over-long text', { body: { title: 'x'.repeat(101) } }, 422, 'invalid_request'],
    ['a control character', { body: { title: 'a\u0000b' } }, 422, 'invalid_request'],
    ['a lone surrogate', { text: '{"title":"a\\ud800b"}' }, 422, 'invalid_request'],
    ['an oversized body', { body: { title: 'x'.repeat(2_000_000) } }, 413, 'body_too_large'],
    ['prototype poisoning', { text: '{"__proto__":{"a":1},"title":"x"}' }, 400, 'malformed_json'],
    [
      'another content type',
      { text: 'title=x', headers: { 'content-type': 'text/plain' } },
      415,
      'unsupported_media_type',
    ],
  ])('refuses %s with problem+json', async (_name, request, status, code) => {
    const answer = await call('POST', `/api/v1/books/${newId('project')}/notes`, request);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(await answer.json()).toMatchObject({ status, code });
    expect(answer.status).toBe(status);
  });

  it('refuses forged tokens: none, other key, other audience, expired, garbage', async () => {
    const other = await testIdentity();
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify({ sub: newId('user'), sid: 'x', exp: 9_999_999_999, iss: 'gantry', aud: 'gantry' })).toString('base64url')}.`;
    const tokens = [
      none,
      await other.token(),
      await identity.token(newId('user'), { aud: 'elsewhere' }),
      await identity.token(newId('user'), { exp: 1_000_000_000 }),
      'garbage',
      'a.b.c',
    ];
    for (const token of tokens) {
      const answer = await call('GET', '/api/v1/notes', { token });
      expect(answer.status).toBe(401);
    }
    expect((await call('GET', '/api/v1/notes', { token: null })).status).toBe(401);
  });

  it('answers ids of another kind, unknown addresses and malformed addresses with problems', async () => {
    expect((await call('GET', `/api/v1/notes/${newId('project')}`)).status).toBe(422);
    expect((await call('GET', `/api/v1/notes/${newId('task')}`)).status).toBe(404);
    expect((await call('GET', '/api/v1/nothing')).status).toBe(404);
    expect((await call('GET', '/api/v1/notes/%E0%A4%A')).status).toBe(422);
    expect((await call('GET', '/api/v1/notes?limit=1000')).status).toBe(422);
    expect((await call('GET', '/api/v1/notes?what=1')).status).toBe(422);
    expect((await call('GET', '/internal/notes/count')).status).toBe(401);
  });

  it('keeps text over 4 kB once by hash and gives it back whole', async () => {
    const service = runtime.services.get('notes');
    if (!service) throw new Error('no notes');
    const text = 'long '.repeat(2000);
    const book = newId('project');
    // The event's schema allows further fields; `text` stands for a description.
    for (const title of ['a', 'b'])
      expect((await call('POST', `/api/v1/books/${book}/notes`, { body: { title, text } })).status).toBe(201);
    const rows = await service.db.run<{ n: number }>({
      sql: 'select count(*) as n from log_text',
      parameters: [],
    });
    expect(rows[0]?.n).toBe(1);
    await expect.poll(() => seen.filter((c) => c.after?.text === text).length, { timeout: 5000 }).toBe(2);
  });
});
