import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { startTestGantry, type TestGantry, type TestPerson } from '../../../tests/setup/gantry.ts';

let gantry: TestGantry;
let ada: TestPerson;
let projectId: string;
beforeAll(async () => {
  gantry = await startTestGantry({ shape: 'apart' });
  ada = await gantry.signUp();
  projectId = (await ada.api.createProject({ body: { name: 'Apollo' } })).id;
});
afterAll(() => gantry?.stop());

const live = () => `${gantry.url.replace('http', 'ws')}/api/v1/live`;

/** How opening a socket ended: `open`, or the status it was refused with. */
function opening(headers: Record<string, string>): Promise<'open' | number> {
  const socket = new WebSocket(live(), { headers });
  return new Promise((resolve, reject) => {
    socket.once('open', () => {
      socket.close();
      resolve('open');
    });
    socket.once('unexpected-response', (_request, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    socket.once('error', reject);
    setTimeout(() => reject(new Error('no answer')), 5_000);
  });
}

describe('services that run elsewhere', () => {
  it('are reached with method, status, headers and body as they are', async () => {
    const made = await ada.fetch(`/api/v1/projects/${projectId}/tasks`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': 'one',
        'x-request-id': 'request-0001',
      },
      body: JSON.stringify({ title: 'Ünïcode 🚀' }),
    });
    expect(made.status).toBe(201);
    expect(made.headers.get('x-request-id')).toBe('request-0001');
    const text = await made.text();
    expect(text).toContain('title');
    const task = JSON.parse(text);
    expect(task.title).toBe('Ünïcode 🚀');
    const again = await ada.fetch(`/api/v1/projects/${projectId}/tasks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'one' },
      body: JSON.stringify({ title: 'Ünïcode 🚀' }),
    });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const read = await ada.fetch(`/api/v1/tasks/${task.id}`);
    const etag = read.headers.get('etag') as string;
    expect(etag).toMatch(/^"v1\./);
    expect((await ada.fetch(`/api/v1/tasks/${task.id}`, { headers: { 'if-none-match': etag } })).status).toBe(
      304,
    );
    expect((await ada.fetch(`/api/v1/tasks/${task.id}`, { method: 'DELETE' })).status).toBe(204);
  });

  it('stream line by line', async () => {
    const snapshot = await ada.api.getSnapshot({ params: { project_id: projectId } });
    expect(snapshot.headers.get('content-type')).toContain('application/x-ndjson');
    const lines = (await snapshot.text()).trim().split('\n');
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
  });

  it.each([
    ['bad JSON', '{"title":', 'application/json', 400],
    ['another content type', 'title=x', 'text/plain', 415],
    ['a wrong field', '{"title":"x","colour":1}', 'application/json', 422],
    ['a body that is too large', JSON.stringify({ title: 'x'.repeat(1_200_000) }), 'application/json', 413],
  ])('refuse %s as they do without a gateway', async (_name, body, type, status) => {
    const answer = await ada.fetch(`/api/v1/projects/${projectId}/tasks`, {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  it('refuse a body that grows too large without saying its length', async () => {
    const url = new URL(`${gantry.url}/api/v1/projects/${projectId}/tasks`);
    const status = await new Promise<number>((resolve, reject) => {
      const sent = httpRequest(
        url,
        {
          method: 'POST',
          headers: {
            cookie: ada.cookie,
            origin: gantry.url,
            'content-type': 'application/json',
            'transfer-encoding': 'chunked',
          },
        },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode ?? 0);
        },
      );
      sent.on('error', reject);
      sent.write(`{"title":"${'x'.repeat(600_000)}`);
      sent.write('x'.repeat(600_000));
      sent.end('"}');
    });
    expect(status).toBe(413);
  });

  it('carry the live socket for people, and refuse others', async () => {
    const socket = new WebSocket(live(), { headers: { cookie: ada.cookie, origin: gantry.url } });
    const hello = await new Promise((resolve, reject) => {
      socket.once('message', (data) => resolve(JSON.parse(String(data))));
      socket.once('error', reject);
    });
    expect(hello).toMatchObject({ type: 'hello', user_id: ada.user.id });
    socket.close();
    expect(await opening({ authorization: `Bearer ${await ada.token()}` })).toBe('open');
    expect(await opening({ cookie: ada.cookie, origin: 'https://evil.example' })).toBe(403);
    expect(await opening({ cookie: ada.cookie })).toBe(403);
  });

  it('give 503 while they are gone, and everything else goes on', async () => {
    await gantry.runtimeOf('tasks').stop();
    const started = performance.now();
    const answer = await ada.fetch(`/api/v1/projects/${projectId}/tasks`);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('2');
    expect(await answer.json()).toMatchObject({ status: 503, code: 'unavailable' });
    expect(performance.now() - started).toBeLessThan(2_000);
    const write = await ada.fetch(`/api/v1/projects/${projectId}/tasks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"title":"x"}',
    });
    expect(write.status).toBe(503);
    expect((await ada.fetch('/api/v1/projects')).status).toBe(200);

    await gantry.runtimeOf('notifications').stop();
    expect(await opening({ cookie: ada.cookie, origin: gantry.url })).toBe(503);

    await gantry.runtimeOf('users').stop();
    await new Promise((resolve) => setTimeout(resolve, 800));
    const nobodyKnows = await ada.fetch('/api/v1/projects');
    expect(nobodyKnows.status).toBe(503);
    expect(await nobodyKnows.json()).toMatchObject({ code: 'unavailable' });
  });
});
