import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeId, newId, uuidv7 } from '@gantry/contracts';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../tests/setup/postgres.ts';
import { dropLetter, listLetters, replayLetter, showLetter } from './dead-letters.ts';
import { migrateAll, withPlatform } from './platform.ts';
import { type CreateOptions, createUser } from './users.ts';

const CLI = join(import.meta.dirname, '..', 'cli.ts');
let database: TestDatabase;
let dataDir: string;
beforeAll(async () => {
  database = await testDatabase('cli');
  dataDir = await mkdtemp(join(tmpdir(), 'gantry-cli-'));
});
afterAll(async () => {
  await database?.drop();
  await rm(dataDir, { recursive: true, force: true });
});

/** The command as people run it: a process of its own. */
function gantry(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    const env = { PATH: process.env.PATH, DATABASE_URL: database.url, GANTRY_DATA: dataDir };
    execFile(process.execPath, [CLI, ...args], { env }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

/** What a command says, run in this process: starting one takes seconds on a busy machine. */
async function saidBy(
  command: (env: Record<string, string>, say: (line: string) => void) => Promise<void>,
): Promise<string> {
  const lines: string[] = [];
  await command({ DATABASE_URL: database.url, GANTRY_DATA: dataDir }, (line) => lines.push(line));
  return lines.join('\n');
}

describe('the command line', { timeout: 180_000 }, () => {
  it('explains itself', async () => {
    const { code, out } = await gantry('--help');
    expect(code).toBe(0);
    for (const command of ['start', 'migrate', 'import', 'user', 'dead-letters'])
      expect(out).toContain(command);
    expect((await gantry('nonsense')).code).not.toBe(0);
  });

  it('migrates', async () => {
    expect((await gantry('migrate')).out).toMatch(/users: users\/001_users\.sql|up to date/);
  });

  it('makes an account, with a password nobody has to think of, and says what is wrong', async () => {
    const create = (options: Partial<CreateOptions>) =>
      saidBy((env, say) =>
        createUser(env, say, { email: 'ada@example.com', name: 'Ada Byron King', ...options }),
      );
    expect(await create({})).toMatch(/^Account ada@example\.com is made\. Password: \S{16}$/);
    await expect(create({ password: 'long enough pw' })).rejects.toThrow(
      'This e-mail has an account already',
    );
    await expect(create({ email: 'b@example.com', password: 'x' })).rejects.toThrow(
      'Use at least 10 characters',
    );
  });

  it('lists, shows, replays and drops dead letters', async () => {
    await withPlatform({ DATABASE_URL: database.url, GANTRY_DATA: dataDir }, migrateAll);
    expect(await saidBy(listLetters)).toBe('No dead letters.');
    const uuid = uuidv7();
    const id = encodeId('dead_letter', uuid);
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query('set search_path to tasks');
    await client.query(
      `insert into dead_letter (id, consumer, stream, seq, event, change, error, attempts)
       values ($1, 'tasks.gone', 'projects/workspace:x', 1, 'project.created', '{"actor":null}', 'it broke', 8)`,
      [uuid],
    );
    await client.end();
    expect(await saidBy(listLetters)).toContain(`${id}  `);
    expect(JSON.parse(await saidBy((env, say) => showLetter(env, say, id)))).toMatchObject({
      id,
      service: 'tasks',
      error: 'it broke',
    });
    await expect(saidBy((env, say) => replayLetter(env, say, id))).rejects.toThrow(
      'It failed again and stays: No subscriber tasks.gone here any more',
    );
    expect(await saidBy((env, say) => dropLetter(env, say, id))).toBe('Dropped.');
    const other = newId('dead_letter');
    await expect(saidBy((env, say) => dropLetter(env, say, other))).rejects.toThrow(
      'There is no dead letter',
    );
    await expect(saidBy((env, say) => showLetter(env, say, 'x'))).rejects.toThrow('they start with "dl_"');
  });
});
