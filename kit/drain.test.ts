import { mkdtemp } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '@gantry/contracts';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../tests/setup/postgres.ts';
import { makeLogger, type Runtime, type ServiceDefinition, startRuntime } from './index.ts';
import { notesService, type TestIdentity, testIdentity } from './testing/index.ts';

let database: TestDatabase;
let identity: TestIdentity;
let admin: pg.Client;

beforeAll(async () => {
  database = await testDatabase('drain');
  identity = await testIdentity();
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
});
afterAll(async () => {
  await admin?.end();
  await database?.drop();
});

/** Notes whose writes take their time. */
function slowNotes(ms: number): ServiceDefinition {
  const notes = notesService();
  return {
    ...notes,
    routes: notes.routes.map((route) => ({
      ...route,
      async handle(ctx, input) {
        await sleep(ms);
        return route.handle(ctx, input);
      },
    })),
  };
}

async function start(ms: number, drainMs?: number): Promise<Runtime> {
  return startRuntime({
    services: [identity.users, slowNotes(ms)],
    databaseUrl: database.url,
    secret: 'test',
    log: makeLogger('silent'),
    dataDir: await mkdtemp(join(tmpdir(), 'gantry-kit-')),
    env: { PORT: '0', HOST: '127.0.0.1' },
    ...(drainMs ? { drainMs } : {}),
  });
}

/** Status of the answer, or the code of the connection's fault. */
function post(runtime: Runtime, agent: Agent, token: string, id: string): Promise<number | string> {
  const body = JSON.stringify({ id, title: 'x' });
  return new Promise((resolve) => {
    const sent = request(
      `${runtime.url}/api/v1/books/${newId('project')}/notes`.replace('localhost', '127.0.0.1'),
      {
        method: 'POST',
        agent,
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        },
      },
      (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode ?? 0));
      },
    );
    sent.on('error', (error: NodeJS.ErrnoException) =>
      resolve(sent.reusedSocket ? `${error.code} in use` : (error.code ?? 'error')),
    );
    sent.end(body);
  });
}

async function stored(ids: string[]): Promise<number> {
  const { rows } = await admin.query('select count(*)::int as n from notes.note');
  return Math.min(rows[0].n, ids.length);
}

describe('stop()', () => {
  it('answers everything accepted, refuses what comes later, and leaves an empty outbox', async () => {
    const runtime = await start(60);
    const agent = new Agent({ keepAlive: true, maxSockets: 30 });
    const token = await identity.token();
    const outcomes: (number | string)[] = [];
    const ids: string[] = [];
    let isOver = false;
    const writers = Array.from({ length: 30 }, async () => {
      while (!isOver) {
        const id = newId('task');
        ids.push(id);
        const outcome = await post(runtime, agent, token, id);
        outcomes.push(outcome);
        if (typeof outcome === 'string') return;
      }
    });
    await sleep(400);
    const began = performance.now();
    await Promise.all([runtime.stop(), runtime.stop()]);
    const ms = performance.now() - began;
    isOver = true;
    await Promise.all(writers);
    expect(new Set(outcomes.filter((o) => typeof o === 'number'))).toEqual(new Set([201]));
    const refused = outcomes.filter((o) => typeof o === 'string');
    // A connection the kernel took but nobody accepted is reset; one in use never is.
    expect(refused.filter((o) => o !== 'ECONNREFUSED' && o !== 'ECONNRESET')).toEqual([]);
    expect(await stored(ids)).toBe(outcomes.length - refused.length);
    expect((await admin.query('select count(*)::int as n from notes.outbox')).rows[0].n).toBe(0);
    expect(ms).toBeLessThan(3_000);
    await runtime.stop();
    const { rows } = await admin.query(
      "select count(*)::int as n from pg_stat_activity where datname = current_database() and application_name like 'gantry%'",
    );
    expect(rows[0].n).toBe(0);
    agent.destroy();
  });

  it('does not wait longer than said for a client that never finishes', async () => {
    const runtime = await start(0, 300);
    const socket = connect(Number(new URL(runtime.url).port), '127.0.0.1');
    socket.on('error', () => {});
    socket.write('POST /api/v1/books/x/notes HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf');
    const idle = connect(Number(new URL(runtime.url).port), '127.0.0.1');
    idle.on('error', () => {});
    await sleep(100);
    const began = performance.now();
    await runtime.stop();
    expect(performance.now() - began).toBeLessThan(2_000);
    socket.destroy();
    idle.destroy();
  });

  it('takes everything down again when a service does not start', async () => {
    const broken: ServiceDefinition = {
      ...notesService(),
      start: async () => {
        throw new Error('not today');
      },
    };
    await expect(
      startRuntime({
        services: [identity.users, broken],
        databaseUrl: database.url,
        secret: 'test',
        log: makeLogger('silent'),
        dataDir: await mkdtemp(join(tmpdir(), 'gantry-kit-')),
        env: { PORT: '0', HOST: '127.0.0.1' },
      }),
    ).rejects.toThrow('not today');
    const connections = async () =>
      (
        await admin.query(
          "select count(*)::int as n from pg_stat_activity where datname = current_database() and application_name like 'gantry%'",
        )
      ).rows[0].n;
    await expect.poll(connections, { timeout: 2_000 }).toBe(0);
  });
});
