import { join, resolve } from 'node:path';

/** A mistake of the person at the keyboard; its message is all they need. */
export class UsageError extends Error {}

/** Where the data of an installation is: where `npm start` keeps it, unless GANTRY_DATA says otherwise. */
export function dataFolder(env: Record<string, string | undefined>): string {
  return env.GANTRY_DATA
    ? resolve(env.INIT_CWD ?? '.', env.GANTRY_DATA)
    : join(import.meta.dirname, '..', '..', '.gantry');
}
