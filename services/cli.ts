import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { dataFolder, UsageError } from './cli/usage.ts';
import type { CreateOptions } from './cli/users.ts';
import type { Gantry } from './main.ts';
import { importTrelloCommand } from './tasks/imports/cli.ts';

// What a command needs is loaded when it runs, so that help appears at once.
const { env } = process;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const program = new Command('gantry')
  .description('Gantry from the command line. Works on DATABASE_URL, or the data in GANTRY_DATA (.gantry).')
  .showHelpAfterError();

program
  .command('start')
  .description('Start Gantry and keep it running until Ctrl-C')
  .option('--demo', 'add a workspace full of believable data', false)
  .action(({ demo }: { demo: boolean }) => start(demo));

program
  .command('migrate')
  .description('Bring the database up to date; starting does it too')
  .action(async () => {
    const { migrateAll, withPlatform } = await import('./cli/platform.ts');
    const ran = await withPlatform(env, migrateAll);
    say(ran.length === 0 ? 'The database is up to date.' : ran.join('\n'));
  });

importTrelloCommand(program);

program
  .command('user')
  .description('Accounts of people')
  .command('create')
  .description('Make an account with its first workspace; the first of an installation is its admin')
  .requiredOption('--email <email>', 'e-mail to sign in with')
  .requiredOption('--name <name>', 'first and last name')
  .option('--username <username>', 'also to sign in with')
  .option('--workspace <name>', 'name of the first workspace')
  .option('--password <password>', 'asked for if left out; made and printed when there is nobody to ask')
  .action(async (options: CreateOptions) => (await import('./cli/users.ts')).createUser(env, say, options));

const letters = program
  .command('dead-letters')
  .description('Changes a consumer could not handle and gave up on');
const lettersModule = () => import('./cli/dead-letters.ts');
letters
  .command('list')
  .description('Every dead letter, newest first')
  .action(async () => (await lettersModule()).listLetters(env, say));
letters
  .command('show <id>')
  .description('One dead letter with the change as it was logged')
  .action(async (id: string) => (await lettersModule()).showLetter(env, say, id));
letters
  .command('replay <id>')
  .description('Handle it again; it is gone if that works, and stays if it does not')
  .action(async (id: string) => (await lettersModule()).replayLetter(env, say, id));
letters
  .command('drop <id>')
  .description('Let it go for good; a strict consumer goes on behind it')
  .action(async (id: string) => (await lettersModule()).dropLetter(env, say, id));

async function start(demo: boolean): Promise<void> {
  let gantry: Gantry | undefined;
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    await gantry?.stop();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop());
  const dist = join(import.meta.dirname, '..', 'web', 'dist');
  const { startGantry } = await import('./main.ts');
  gantry = await startGantry({
    env: { ...env, GANTRY_DATA: dataFolder(env) },
    demo,
    ...(existsSync(dist) ? { webDist: dist } : {}),
  });
  say(`Gantry is running: ${gantry.url}`);
}

try {
  await program.parseAsync();
} catch (error) {
  const { name, message, stack } = error as Error;
  const expected = error instanceof UsageError || name === 'ConfigError' || !env.GANTRY_DEBUG;
  process.exitCode = 1;
  process.stderr.write(`${expected ? message : stack}\n`);
}
