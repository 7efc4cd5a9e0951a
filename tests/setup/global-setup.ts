import { startTestPostgres } from './postgres.ts';

/**
 * Vitest runs this once per project, all in one process: the first starts PostgreSQL, the others find the
 * variable set, and the teardown of the first comes after the last test.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const server = await startTestPostgres();
  return server.stop;
}
