import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeId, newId, uuidv7 } from '@gantry/contracts';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../tests/setup/postgres.ts';

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

function gantry(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const env = {
    PATH: process.env.PATH,
    DATABASE_URL: database.url,
    GANTRY_DATA: dataDir,
    LOG_LEVEL: 'silent',
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...args], { env }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

describe('the command line', () => {
  it('explains itself', async () => {
    const { code, out } = await gantry('--help');
    expect(code).toBe(0);
    for (const command of ['start', 'migrate', 'import', 'user', 'dead-letters'])
      expect(out).toContain(command);
    expect((await gantry('user', 'create', '--help')).out).toContain('--email');
    expect((await gantry('nonsense')).code).not.toBe(0);
  });

  it('migrates once', async () => {
    expect((await gantry('migrate')).out).toContain('users: users/001_users.sql');
    expect((await gantry('migrate')).out).toBe('The database is up to date.\n');
  });

  it('makes an account, with a password nobody has to think of, and says what is wrong', async () => {
    const made = await gantry('user', 'create', '--email', 'ada@example.com', '--name', 'Ada Byron King');
    expect(made).toMatchObject({ code: 0, err: '' });
    expect(made.out).toMatch(/^Account ada@example\.com is made\. Password: \S{16}\n$/);
    const again = await gantry(
      'user',
      'create',
      '--email',
      'ada@example.com',
      '--name',
      'A',
      '--password',
      'long enough pw',
    );
    expect(again).toMatchObject({ code: 1, out: '' });
    expect(again.err).toContain('This e-mail has an account already');
    const weak = await gantry('user', 'create', '--email', 'b@example.com', '--name', 'B', '--password', 'x');
    expect(weak.err).toContain('Use at least 10 characters');
  });

  it('lists, shows and drops dead letters', async () => {
    expect((await gantry('dead-letters', 'list')).out).toBe('No dead letters.\n');
    const uuid = uuidv7();
    const id = encodeId('dead_letter', uuid);
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query(
      `insert into tasks.dead_letter (id, consumer, stream, seq, event, change, error, attempts)
       values ($1, 'tasks.gone', 'projects/workspace:x', 1, 'project.created', '{"actor":null}', 'it broke', 8)`,
      [uuid],
    );
    await client.end();
    expect((await gantry('dead-letters', 'list')).out).toContain(`${id}  `);
    expect(JSON.parse((await gantry('dead-letters', 'show', id)).out)).toMatchObject({
      id,
      service: 'tasks',
      error: 'it broke',
    });
    const replayed = await gantry('dead-letters', 'replay', id);
    expect(replayed.code).toBe(1);
    expect(replayed.err).toContain('It failed again and stays: No subscriber tasks.gone here any more');
    expect((await gantry('dead-letters', 'drop', id)).out).toBe('Dropped.\n');
    expect((await gantry('dead-letters', 'drop', newId('dead_letter'))).err).toContain(
      'There is no dead letter',
    );
    expect((await gantry('dead-letters', 'show', 'x')).err).toContain('they start with "dl_"');
  });
});
