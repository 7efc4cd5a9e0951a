import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { ApiProblem, createClient } from '@gantry/contracts';
import { usersRoutes } from '@gantry/contracts/users';
import type { Env } from '@gantry/kit';
import { migrateAll, withPlatform, withServices } from './platform.ts';
import { UsageError } from './usage.ts';

export interface CreateOptions {
  email: string;
  name: string;
  username?: string;
  password?: string;
  workspace?: string;
}

/** Makes an account with its first workspace. A password nobody gave is asked for, or made and printed. */
export async function createUser(
  env: Env,
  say: (line: string) => void,
  options: CreateOptions,
): Promise<void> {
  const typed = options.password ?? (process.stdin.isTTY ? await ask('Password (empty: make one): ') : '');
  const password = typed || randomBytes(12).toString('base64url');
  await withPlatform(env, async (platform) => {
    await migrateAll(platform);
    await withServices(platform, ['users'], (runtime) => create(runtime.url, options, password));
  });
  say(`Account ${options.email} is made.${typed ? '' : ` Password: ${password}`}`);
}

async function create(url: string, options: CreateOptions, password: string): Promise<void> {
  const [first = '', ...rest] = options.name.trim().split(/\s+/);
  const api = createClient(usersRoutes, { baseUrl: url });
  const body = {
    email: options.email,
    password,
    first_name: first,
    last_name: rest.join(' '),
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.workspace === undefined ? {} : { workspace_name: options.workspace }),
  };
  await api.signUp({ body }).catch((error) => {
    if (!(error instanceof ApiProblem)) throw error;
    const fields = (error.problem.fields ?? []).map(
      (f) => `\n  ${f.path.replace('body/', '')}: ${f.message}`,
    );
    throw new UsageError(`${error.problem.title}. ${error.problem.detail}${fields.join('')}`);
  });
}

/** Asks without showing what is typed. */
function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: true });
  return new Promise((resolve) => {
    lines.question(question, (answer) => {
      lines.close();
      process.stderr.write('\n');
      resolve(answer);
    });
    // From here on readline would echo every key.
    (lines as unknown as { _writeToOutput: () => void })._writeToOutput = () => {};
  });
}
