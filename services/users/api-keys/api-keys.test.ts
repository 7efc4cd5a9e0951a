import { decodeId, newId } from '@gantry/contracts';
import type { ApiKey } from '@gantry/contracts/users';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startTestGantry, type TestGantry, type TestPerson } from '../../../tests/setup/gantry.ts';

let gantry: TestGantry;
let person: TestPerson;
let stranger: TestPerson;
beforeAll(async () => {
  gantry = await startTestGantry();
  person = await gantry.signUp({ first_name: 'Kay' });
  stranger = await gantry.signUp();
});
afterAll(() => gantry?.stop());

async function sql<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: gantry.databaseUrl });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

const aKey = (scopes: ApiKey['scopes'], more: object = {}, owner = person) =>
  owner.api.createApiKey({ body: { name: 'a key', scopes, ...more } });

function call(key: string, path: string, method = 'GET', body?: unknown) {
  return fetch(`${gantry.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
}

/** A live socket by this key, with the frames it got and a promise of its end. */
async function socketOf(key: string, stream: string) {
  const socket = new WebSocket(`${gantry.url.replace('http', 'ws')}/api/v1/live`, {
    headers: { authorization: `Bearer ${key}` },
  });
  const frames: { type: string; reason?: string }[] = [];
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  socket.on('message', (data) => frames.push(JSON.parse(String(data))));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  socket.send(JSON.stringify({ type: 'subscribe', stream }));
  return { frames, closed, end: () => socket.terminate() };
}

describe('an API key', () => {
  it('is shown once, kept as a hash, and is in no log, list or store', async () => {
    const made = await aKey(['tasks:read']);
    expect(made.key).toMatch(/^gk_[\w-]{43}$/);
    expect(made.shown_as).toBe(made.key.slice(0, 9));
    expect(Date.parse(made.expires_at as string) - Date.now()).toBeGreaterThan(89 * 86_400_000);
    const listed = await person.api.listApiKeys({ query: {} });
    expect(listed.data[0]).toMatchObject({ id: made.id, scopes: ['tasks:read'], last_used_at: null });
    expect(JSON.stringify(listed)).not.toContain(made.key);
    const rows = await sql<{ text: string }>(
      `select row_to_json(k)::text as text from users.api_key k union all
       select row_to_json(c)::text from users.log_change c union all
       select row_to_json(i)::text from users.idempotency_key i`,
    );
    expect(rows.map((row) => row.text).join('\n')).not.toContain(made.key.slice(9));
    const [logged] = await sql<object>(
      `select stream, after from users.log_change where event = 'user.api_key.created' and entity_id = $1`,
      [decodeId('api_key', made.id)],
    );
    expect(logged).toMatchObject({
      stream: `users/user:${decodeId('user', person.user.id)}`,
      after: { name: 'a key', scopes: ['tasks:read'] },
    });
  });

  it('may do what its scopes say, write includes read, and nothing else', async () => {
    const reads = await aKey(['projects:read', 'users:read']);
    const writes = await aKey(['projects:write']);
    expect((await call(reads.key, '/me')).status).toBe(200);
    expect((await call(reads.key, '/projects')).status).toBe(200);
    const project = { workspace_id: person.workspace.id, name: 'By key' };
    const refused = await call(reads.key, '/projects', 'POST', project);
    expect(await refused.json()).toMatchObject({
      status: 403,
      code: 'insufficient_scope',
      detail: 'This needs a key with the scope projects:write.',
    });
    expect((await call(reads.key, '/me', 'PATCH', { first_name: 'X' })).status).toBe(403);
    const made = await call(writes.key, '/projects', 'POST', project);
    expect(made.status).toBe(201);
    expect((await call(writes.key, '/projects')).status).toBe(200);
    expect((await call(writes.key, '/me')).status).toBe(403);
    const { id } = (await made.json()) as { id: string };
    expect((await call(writes.key, `/projects/${id}/tasks`)).status).toBe(403);
    expect((await call(reads.key, `/workspaces/${stranger.workspace.id}`)).status).toBe(404);
  });

  it('never does what needs a session: keys, tokens, the session itself', async () => {
    const all = await aKey([
      'users:read',
      'users:write',
      'projects:read',
      'projects:write',
      'tasks:read',
      'tasks:write',
      'notifications:read',
      'notifications:write',
    ]);
    for (const [method, path, body] of [
      ['GET', '/me/api-keys'],
      ['POST', '/me/api-keys', { name: 'more', scopes: ['users:read'] }],
      ['DELETE', `/me/api-keys/${all.id}`],
      ['POST', '/auth/token'],
      ['GET', '/auth/session'],
    ] as const) {
      const answer = await call(all.key, path, method, body);
      expect([path, answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
        path,
        403,
        'insufficient_scope',
      ]);
    }
    expect((await call(all.key, '/me')).status).toBe(200);
  });

  it('is made and deleted by its person only; for others it is not there', async () => {
    const mine = await aKey(['users:read']);
    await expect(stranger.api.deleteApiKey({ params: { api_key_id: mine.id } })).rejects.toMatchObject({
      status: 404,
    });
    await expect(aKey(['users:read'], { id: mine.id }, stranger)).rejects.toMatchObject({ status: 409 });
    await expect(aKey(['admin' as 'users:read'])).rejects.toMatchObject({ status: 422 });
    await expect(aKey([])).rejects.toMatchObject({ status: 422 });
    await expect(person.api.deleteApiKey({ params: { api_key_id: newId('api_key') } })).rejects.toMatchObject(
      {
        status: 404,
      },
    );
    expect((await fetch(`${gantry.url}/api/v1/me/api-keys`)).status).toBe(401);
    for (const wrong of ['gk_', 'gk_x', `${mine.key}x`, mine.key.slice(3), `gk_${'a'.repeat(5000)}`])
      expect((await call(wrong, '/me')).status).toBe(401);
  });

  it('shows when it was last used, written once a minute at most', async () => {
    const { id, key } = await aKey(['users:read']);
    const at = async () =>
      (await person.api.listApiKeys({ query: {} })).data.find((k) => k.id === id)?.last_used_at;
    await call(key, '/me');
    const first = await at();
    expect(Date.now() - Date.parse(first as string)).toBeLessThan(10_000);
    await new Promise((resolve) => setTimeout(resolve, 800));
    await call(key, '/me');
    expect(await at()).toBe(first);
    await sql(`update users.api_key set last_used_at = now() - interval '61 seconds' where id = $1`, [
      decodeId('api_key', id),
    ]);
    await new Promise((resolve) => setTimeout(resolve, 800));
    await call(key, '/me');
    expect(Date.now() - Date.parse((await at()) as string)).toBeLessThan(10_000);
  });

  it('ends when its time is over', async () => {
    const { id, key } = await aKey(['users:read'], { expires_in_days: 1 });
    expect((await call(key, '/me')).status).toBe(200);
    await sql(`update users.api_key set expires_at = now() where id = $1`, [decodeId('api_key', id)]);
    await expect.poll(async () => (await call(key, '/me')).status, { timeout: 1000, interval: 50 }).toBe(401);
    const forever = await aKey(['users:read'], { expires_in_days: null });
    expect(forever.expires_at).toBeNull();
  });

  it('is out within a second of being deleted, on HTTP and on an open socket', async () => {
    const { id, key } = await aKey(['users:read']);
    const stream = `users/user:${decodeId('user', person.user.id)}`;
    const socket = await socketOf(key, stream);
    await expect.poll(() => socket.frames.map((f) => f.type), { timeout: 3000 }).toContain('subscribed');
    expect((await call(key, '/me')).status).toBe(200);
    await person.api.deleteApiKey({ params: { api_key_id: id } });
    const deleted = performance.now();
    const code = socket.closed.then((c) => ({ c, ms: performance.now() - deleted }));
    let ms = 0;
    while ((await call(key, '/me')).status !== 401 && ms < 3000) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      ms = performance.now() - deleted;
    }
    expect(ms).toBeLessThan(1000);
    const closed = await code;
    expect(closed.ms).toBeLessThan(1000);
    expect(socket.frames.at(-1)).toMatchObject({ type: 'ended', reason: 'signed_out' });
  });

  it('hears on a socket only what it could read', async () => {
    const { key } = await aKey(['tasks:read', 'notifications:read']);
    const socket = await socketOf(key, `users/user:${decodeId('user', person.user.id)}`);
    await expect
      .poll(() => socket.frames, { timeout: 3000 })
      .toContainEqual(expect.objectContaining({ type: 'ended', reason: 'no_access' }));
    socket.end();
  });

  it('comes fifty to a person at most', async () => {
    const many = await gantry.signUp();
    await Promise.all(Array.from({ length: 50 }, () => aKey(['users:read'], {}, many)));
    await expect(aKey(['users:read'], {}, many)).rejects.toMatchObject({
      status: 409,
      code: 'limit_reached',
    });
  });
});
