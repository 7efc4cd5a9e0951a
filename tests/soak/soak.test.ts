import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Id, newId } from '@gantry/contracts';
import { LIVE_PATH } from '@gantry/contracts/notifications';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { personOf } from '../setup/gantry.ts';
import { type TestDatabase, testDatabase } from '../setup/postgres.ts';

const IS_LONG = process.env.GANTRY_TEST_LONG === '1';
const MINUTES = Number(process.env.GANTRY_SOAK_MINUTES ?? 12);
const SOAK_MS = IS_LONG ? MINUTES * 60_000 : 10_000;
/** Caches and compiled code fill up first. */
const WARM_MS = IS_LONG ? 90_000 : 5_000;
const EVERY_MS = IS_LONG ? 30_000 : 2_500;
const WORKERS = 6;
const SOCKETS = 8;
const MIB = 1024 * 1024;
/** What the heap may gain after warming up, however long it runs. */
const HEAP_SLACK = (IS_LONG ? 30 : 40) * MIB;

interface Held {
  rss: number;
  heapUsed: number;
  external: number;
  resources: Record<string, number>;
  pools: Record<string, { total: number; idle: number; waiting: number }>;
}

let database: TestDatabase;
let admin: pg.Client;
let folder: string;
let child: ChildProcess;
let url: string;
let lines: AsyncIterator<string>;

beforeAll(async () => {
  database = await testDatabase('soak');
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  folder = await mkdtemp(join(tmpdir(), 'gantry-test-soak-'));
  child = spawn(process.execPath, ['--expose-gc', join(import.meta.dirname, 'soak-process.ts')], {
    env: {
      ...process.env,
      DATABASE_URL: database.url,
      GANTRY_DATA: folder,
      PORT: '0',
      HOST: '127.0.0.1',
      AUTH_ATTEMPTS_PER_MINUTE: '1000000',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  url = ((await said()) as { url: string }).url;
}, 120_000);
afterAll(async () => {
  child?.kill('SIGKILL');
  await admin?.end();
  await database?.drop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

async function said(): Promise<unknown> {
  const { value, done } = await lines.next();
  if (done) throw new Error('the process has ended');
  return JSON.parse(value);
}
async function held(): Promise<Held> {
  child.stdin?.write('\n');
  return (await said()) as Held;
}
async function number(sql: string): Promise<number> {
  return Number((await admin.query<{ n: string }>(sql)).rows[0]?.n);
}
const connections = () =>
  number(
    "select count(*) as n from pg_stat_activity where datname = current_database() and application_name like 'gantry%'",
  );
const waiting = () =>
  number(
    'select (select count(*) from users.outbox) + (select count(*) from projects.outbox) + (select count(*) from tasks.outbox) as n',
  );

it(
  `serves reads, writes and sockets for ${SOAK_MS / 1000} s and holds on to nothing`,
  async () => {
    const counts = { reads: 0, writes: 0, sockets: 0, frames: 0, faults: [] as string[] };
    const signedUp = await fetch(`${url}/api/v1/auth/sign-up`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: url },
      body: JSON.stringify({
        email: 'soak@example.com',
        password: 'correct horse battery',
        first_name: 'Soak',
        last_name: 'Test',
      }),
    });
    const { api, cookie } = personOf(url, signedUp.headers.getSetCookie()[0]?.split(';')[0] ?? '');
    const projects: Id<'project'>[] = [];
    for (let i = 0; i < 4; i++)
      projects.push((await api.createProject({ body: { name: `Soak ${i}` } } as never)).id as Id<'project'>);
    const streams = (
      await admin.query<{ stream: string }>("select 'tasks/project:' || id as stream from projects.projects")
    ).rows.map((row) => row.stream);
    let isOver = false;

    const worker = async (n: number) => {
      const mine: Id<'task'>[] = [];
      for (let i = 0; !isOver; i++) {
        const project = projects[(n + i) % projects.length] as Id<'project'>;
        const task = mine[i % Math.max(1, mine.length)];
        try {
          if (mine.length < 50 && i % 4 === 0) {
            const made = await api.createTask(
              {
                params: { project_id: project },
                body: { title: `Task ${n}-${i}`, description: 'x'.repeat(i % 6_000) },
              } as never,
              { idempotencyKey: newId('batch') },
            );
            mine.push((made as { id: Id<'task'> }).id);
            counts.writes++;
          } else if (task && i % 4 === 1) {
            await api.updateTask({ params: { task_id: task }, body: { title: `Task ${n}-${i}` } } as never);
            counts.writes++;
          } else if (task && i % 4 === 2) {
            await api.getTask({ params: { task_id: task } } as never);
            counts.reads++;
          } else {
            await api.listTasks({ params: { project_id: project }, query: { limit: 20 } } as never);
            counts.reads++;
          }
        } catch (error) {
          counts.faults.push(String(error));
          await sleep(100);
        }
      }
    };

    /** Comes, listens for a while, goes (in order or not), comes again. */
    const listener = async (n: number) => {
      while (!isOver) {
        const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1${LIVE_PATH}`, {
          headers: { cookie, origin: url },
        });
        const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
        socket.on('error', (error) => void counts.faults.push(String(error)));
        socket.on('message', () => {
          counts.frames++;
        });
        const isOpen = await Promise.race([
          new Promise<boolean>((resolve) => socket.once('open', () => resolve(true))),
          closed.then(() => false),
        ]);
        if (!isOpen) continue;
        for (const stream of streams) socket.send(JSON.stringify({ type: 'subscribe', stream }));
        counts.sockets++;
        await sleep(500 + n * 100);
        if (n % 2) socket.close();
        else socket.terminate();
        await closed;
      }
    };

    const atRest = await held();
    const running = [
      ...Array.from({ length: WORKERS }, (_, n) => worker(n)),
      ...Array.from({ length: SOCKETS }, (_, n) => listener(n)),
    ];
    await sleep(WARM_MS);
    const samples: Held[] = [await held()];
    const until = Date.now() + SOAK_MS;
    while (Date.now() < until) {
      await sleep(Math.min(EVERY_MS, Math.max(1, until - Date.now())));
      samples.push(await held());
      const [sample] = samples.slice(-1) as [Held];
      if (IS_LONG)
        process.stdout.write(
          `soak: rss ${Math.round(sample.rss / MIB)} MiB, heap ${Math.round(sample.heapUsed / MIB)} MiB, ${counts.reads} reads, ${counts.writes} writes, ${counts.sockets} sockets\n`,
        );
    }
    const whileBusy = await connections();
    isOver = true;
    await Promise.all(running);
    await expect.poll(waiting, { timeout: 10_000 }).toBe(0);
    await sleep(1_500);
    const after = await held();
    samples.push(after);
    const [warm] = samples as [Held];
    process.stdout.write(
      `\nsoak: ${counts.reads} reads, ${counts.writes} writes, ${counts.sockets} sockets, ${counts.frames} frames in ${(WARM_MS + SOAK_MS) / 1000} s\n` +
        `  heap ${samples.map((s) => Math.round(s.heapUsed / MIB)).join(' ')} MiB\n` +
        `  rss  ${samples.map((s) => Math.round(s.rss / MIB)).join(' ')} MiB\n` +
        `  connections ${whileBusy}; at rest ${JSON.stringify(atRest.resources)}, after ${JSON.stringify(after.resources)}\n`,
    );
    expect(counts.faults.slice(0, 5)).toEqual([]);
    expect(counts.writes).toBeGreaterThan(30);
    expect(counts.frames).toBeGreaterThan(0);
    expect(after.heapUsed - warm.heapUsed).toBeLessThan(HEAP_SLACK);
    // RSS never gives everything back; it must not go on growing.
    const late = samples.slice(Math.floor(samples.length / 2)).map((s) => s.rss);
    expect(Math.max(...late) - warm.rss).toBeLessThan(150 * MIB);
    // One of each may be looking for work at this very moment.
    for (const { waiting: queued, total, idle } of Object.values(after.pools))
      expect({ queued, busy: Math.max(0, total - idle - 1) }).toEqual({ queued: 0, busy: 0 });
    // Each idle connection has a timer that ends it.
    const idle = Math.max(0, (after.resources.TCPSocketWrap ?? 0) - (atRest.resources.TCPSocketWrap ?? 0));
    const grown = Object.entries(after.resources).filter(
      ([name, n]) =>
        name !== 'TCPSocketWrap' && n > (atRest.resources[name] ?? 0) + 6 + (name === 'Timeout' ? idle : 0),
    );
    expect(grown).toEqual([]);
    expect(after.resources.TCPSocketWrap ?? 0).toBeLessThan(whileBusy + 60);
    expect(
      await number("select count(*) as n from bus.message where at < now() - interval '12 minutes'"),
    ).toBe(0);
  },
  SOAK_MS + WARM_MS + 90_000,
);
