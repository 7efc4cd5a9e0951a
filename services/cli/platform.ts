import { join } from 'node:path';
import {
  type Database,
  type Env,
  makeLogger,
  migrate,
  openDatabase,
  type Runtime,
  startRuntime,
} from '@gantry/kit';
import { runningEmbeddedPostgres, startEmbeddedPostgres } from '@gantry/kit/embedded';
import { allServices, keptSecret } from '../main.ts';
import { dataFolder } from './usage.ts';

/** The installation a command works on: the environment with its data folder said outright. */
export interface Platform {
  env: Env;
  dataDir: string;
  databaseUrl: string;
}

/**
 * Works on the database of DATABASE_URL, or else the embedded one: the one that is running, or one started for as
 * long as the work takes.
 */
export async function withPlatform<T>(env: Env, work: (platform: Platform) => Promise<T>): Promise<T> {
  const dataDir = dataFolder(env);
  const folder = join(dataDir, 'postgres');
  const known = env.DATABASE_URL ?? (await runningEmbeddedPostgres(folder));
  if (known !== null) return work({ env, dataDir, databaseUrl: known });
  const postgres = await startEmbeddedPostgres({ dataDir: folder });
  try {
    return await work({ env, dataDir, databaseUrl: postgres.url });
  } finally {
    await postgres.stop();
  }
}

/** Brings every schema up to date. Gives what ran. */
export async function migrateAll({ databaseUrl }: Platform): Promise<string[]> {
  const targets = allServices
    .filter((service) => service.pool > 0)
    .map((service) => ({ schema: service.name, folder: service.migrations, log: true }));
  return migrate(databaseUrl, targets);
}

/** Runs these services in this process, reachable from this machine only, for as long as the work takes. */
export async function withServices<T>(
  platform: Platform,
  names: readonly string[],
  work: (runtime: Runtime) => Promise<T>,
): Promise<T> {
  const { env, dataDir, databaseUrl } = platform;
  const runtime = await startRuntime({
    services: allServices,
    env: { ...env, SERVICES: names.join(','), PORT: '0', HOST: '127.0.0.1', INTERNAL_PORT: undefined },
    databaseUrl,
    dataDir,
    secret: env.GANTRY_SECRET ?? (await keptSecret(dataDir)),
    log: makeLogger('warn', process.stderr),
  });
  try {
    return await work(runtime);
  } finally {
    await runtime.stop();
  }
}

/** Names of the services that have a database. */
export function storedServices(): string[] {
  return allServices.filter((service) => service.pool > 0).map((service) => service.name);
}

/** Works on each service's database in turn. */
export async function eachDatabase<T>(
  { env, databaseUrl }: Platform,
  work: (service: string, db: Database) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  for (const schema of storedServices()) {
    const own = env[`${schema.toUpperCase()}_DATABASE_URL`];
    const db = openDatabase({ url: own ?? databaseUrl, schema, max: 1, assumeRole: own === undefined });
    try {
      results.push(await work(schema, db));
    } finally {
      await db.close();
    }
  }
  return results;
}
