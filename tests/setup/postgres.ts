import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataLockHolder, startEmbeddedPostgres } from '@gantry/kit/embedded';
import pg from 'pg';

const FOLDER_PREFIX = 'gantry-test-postgres-';
const VARIABLE = 'GANTRY_TEST_DATABASE_URL';

export type TestServer = { url: string; stop(): Promise<void> };

export type TestDatabase = {
  /** Superuser address of the fresh database. */
  url: string;
  name: string;
  /** Removes it, cutting whoever is still connected. Safe to call twice. */
  drop(): Promise<void>;
};

/**
 * The PostgreSQL of this test run: the one GANTRY_TEST_DATABASE_URL names when it is set, else an embedded one in
 * a temporary folder, durability off, whose address is put into that variable so that workers and child
 * processes find it. `stop` ends and removes only what was started here.
 */
export async function startTestPostgres(): Promise<TestServer> {
  const given = process.env[VARIABLE];
  if (given !== undefined && given !== '') return { url: given, stop: async () => {} };
  await removeAbandonedFolders();
  const dataDir = await mkdtemp(join(tmpdir(), FOLDER_PREFIX));
  await chmod(dataDir, 0o755); // as root PostgreSQL runs as another user, who must get in
  const server = await startEmbeddedPostgres({ dataDir, durability: 'off' });
  process.env[VARIABLE] = server.url;
  return {
    url: server.url,
    stop: async () => {
      delete process.env[VARIABLE];
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The superuser address of this run's PostgreSQL. Throws when the run has none. */
export function testPostgresUrl(): string {
  const url = process.env[VARIABLE];
  if (url) return url;
  throw new Error(
    `${VARIABLE} is not set: run the tests through vitest.config.ts, whose global setup starts it.`,
  );
}

/**
 * A fresh, empty database with a name of its own, `name` being part of it; call `drop` in afterAll.
 * Roles belong to the whole server, not to one database: code that makes them must expect them to exist already.
 */
export async function testDatabase(name: string): Promise<TestDatabase> {
  const admin = testPostgresUrl();
  const readable = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .slice(0, 30);
  const database = `t_${readable}_${randomBytes(5).toString('hex')}`;
  await runAsAdmin(admin, `CREATE DATABASE ${database} TEMPLATE template0`);
  const url = new URL(admin);
  url.pathname = `/${database}`;
  return {
    url: url.href,
    name: database,
    drop: () => runAsAdmin(admin, `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`),
  };
}

async function runAsAdmin(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** A run that was killed could not clean up behind itself. */
async function removeAbandonedFolders(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(FOLDER_PREFIX)) continue;
    const folder = join(tmpdir(), name);
    const age = Date.now() - ((await stat(folder).catch(() => undefined))?.mtimeMs ?? Date.now());
    if (age < 60_000 || (await dataLockHolder(folder, 'supervisor.lock')) !== undefined) continue;
    await rm(folder, { recursive: true, force: true }).catch(() => {}); // another user's: theirs to remove
  }
}
