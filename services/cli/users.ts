import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { ApiProblem, createClient } from '@gantry/contracts';
import { usersRoutes } from '@gantry/contracts/users';
import type { Env } from '@gantry/kit';
import { Command } from 'commander';
import { migrateAll, UsageError, withPlatform, withServices } from './platform.ts';

interface CreateOptions {
  email: string;
  name: string;
  username?: string;
  password?: string;
  workspace?: string;
}

/** `gantry user …`: people's accounts. */
export function userCommand(env: Env, say: (line: string) => void): Command {
  const command = new Command('user').description('Accounts of people');
  command
    .command('create')
    .description('Make an account with its first workspace; the first of an installation is its admin')
    .requiredOption('--email <email>', 'e-mail to sign in with')
    .requiredOption('--name <name>', 'first and last name')
    .option('--username <username>', 'also to sign in with')
    .option('--workspace <name>', 'name of the first workspace')
    .option('--password <password>', 'asked for if left out; made and printed when there is nobody to ask')
    .action(async (options: CreateOptions) => {
      const typed =
        options.password ?? (process.stdin.isTTY ? await ask('Password (empty: make one): ') : '');
      const password = typed || randomBytes(12).toString('base64url');
      await withPlatform(env, async (platform) => {
        await migrateAll(platform);
        await withServices(platform, ['users'], (runtime) => create(runtime.url, options, password));
      });
      say(`Account ${options.email} is made.${typed ? '' : ` Password: ${password}`}`);
    });
  return command;
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
