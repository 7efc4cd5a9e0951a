import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { roleOf } from './database.ts';

/** What to migrate: the service's schema and the folder with its numbered SQL files (null: the kit's own only). */
export interface MigrationTarget {
  schema: string;
  folder: URL | null;
  /** Whether it has a log, outbox and inbox. */
  log: boolean;
}

const KIT_FOLDER = new URL('../log/migrations/', import.meta.url);
/** One fleet-wide lock: two processes that start at once migrate one after the other. */
const MIGRATION_LOCK = 7_236_001;
const OLDEST_SERVER = 180_000;

/** Thrown when the server is too old to hold our data; its message is ready to print. */
export class DatabaseTooOldError extends Error {}

/**
 * Brings every schema up to date: makes schemas and roles that are missing, runs each new file once in a
 * transaction of its own, in order of its name. Gives the names of the files it ran.
 * Throws DatabaseTooOldError for PostgreSQL below 18.
 */
export async function migrate(adminUrl: string, targets: MigrationTarget[]): Promise<string[]> {
  const client = new pg.Client({ connectionString: adminUrl, application_name: 'gantry migrate' });
  await client.connect();
  const ran: string[] = [];
  try {
    await assertNewEnough(client);
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await prepareBus(client, ran);
    for (const target of targets) {
      await prepareSchema(client, target.schema);
      if (target.log) await runFolder(client, target.schema, 'kit', KIT_FOLDER, ran);
      if (target.folder) await runFolder(client, target.schema, target.schema, target.folder, ran);
      await grantSchema(client, target.schema);
    }
    return ran;
  } finally {
    await client.end();
  }
}

async function assertNewEnough(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ n: string; v: string }>(
    "select current_setting('server_version_num') as n, current_setting('server_version') as v",
  );
  if (Number(rows[0]?.n) < OLDEST_SERVER) {
    throw new DatabaseTooOldError(
      `Gantry needs PostgreSQL 18 or newer; the server at DATABASE_URL is ${rows[0]?.v}. Upgrade it, or leave DATABASE_URL out to use the embedded one.`,
    );
  }
}

async function prepareSchema(client: pg.Client, schema: string): Promise<void> {
  const role = roleOf(schema);
  await client.query(`do $$ begin
    if not exists (select from pg_roles where rolname = '${role}') then create role ${role} nologin; end if;
    if not pg_has_role(current_user, '${role}', 'member') then execute format('grant ${role} to %I', current_user); end if;
  exception when duplicate_object or unique_violation then null; end $$`);
  await client.query('create extension if not exists pg_trgm with schema public');
  await client.query(`create schema if not exists ${schema}`);
  await client.query(
    `create table if not exists ${schema}.migration (name text primary key, ran_at timestamptz(3) not null default now())`,
  );
}

async function runFolder(
  client: pg.Client,
  schema: string,
  owner: string,
  folder: URL,
  ran: string[],
): Promise<void> {
  const files = (await readdir(fileURLToPath(folder))).filter((f) => f.endsWith('.sql')).sort();
  const { rows } = await client.query<{ name: string }>(`select name from ${schema}.migration`);
  const have = new Set(rows.map((r) => r.name));
  for (const file of files) {
    const name = `${owner}/${file}`;
    if (have.has(name)) continue;
    const text = await readFile(new URL(file, folder), 'utf8');
    await client.query('begin');
    try {
      await client.query(`set local search_path to ${schema}, public`);
      await client.query(text);
      await client.query(`insert into ${schema}.migration (name) values ($1)`, [name]);
      await client.query('commit');
    } catch (error) {
      await client.query('rollback');
      throw new Error(`Migration ${schema}: ${name} failed: ${(error as Error).message}`, { cause: error });
    }
    ran.push(`${schema}: ${name}`);
  }
}

/** The role may use its own schema and nothing of the others'; the bus is shared through functions of its own. */
async function grantSchema(client: pg.Client, schema: string): Promise<void> {
  const role = roleOf(schema);
  await client.query(`
    grant usage on schema ${schema}, public, bus to ${role};
    grant select, insert, update, delete on all tables in schema ${schema} to ${role};
    grant usage, select on all sequences in schema ${schema} to ${role};
    grant execute on all functions in schema ${schema} to ${role};
    revoke insert, update, delete on ${schema}.migration from ${role};
    grant select, insert, update, delete on all tables in schema bus to ${role};
    grant usage, select on all sequences in schema bus to ${role};`);
}

async function prepareBus(client: pg.Client, ran: string[]): Promise<void> {
  await client.query('create schema if not exists bus');
  await client.query(
    'create table if not exists bus.migration (name text primary key, ran_at timestamptz(3) not null default now())',
  );
  await runFolder(client, 'bus', 'bus', new URL('../bus/migrations/', import.meta.url), ran);
}
