import { readFile, realpath } from 'node:fs/promises';
import { clusterPlace } from './cluster.ts';
import { dataLockHolder } from './data-lock.ts';

/** Superuser address of the embedded PostgreSQL another process runs on this folder, or null if none does. */
export async function runningEmbeddedPostgres(dataDir: string): Promise<string | null> {
  const folder = await realpath(dataDir).catch(() => null);
  if (folder === null || (await dataLockHolder(folder, 'supervisor.lock')) === undefined) return null;
  const place = clusterPlace(folder);
  const [password, port] = await Promise.all([
    readFile(place.passwordFile, 'utf8'),
    readFile(place.portFile, 'utf8'),
  ]);
  return `postgres://postgres:${password.trim()}@127.0.0.1:${port.trim()}/gantry`;
}
