import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDataLockedError } from '@gantry/kit/embedded';
import { Command } from 'commander';
import { deadLettersCommand } from './cli/dead-letters.ts';
import { dataFolder, migrateAll, UsageError, withPlatform } from './cli/platform.ts';
import { userCommand } from './cli/users.ts';
import { type Gantry, startGantry } from './main.ts';
import { importTrelloCommand } from './tasks/imports/cli.ts';

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
  .action(() =>
    withPlatform(env, async (platform) => {
      const ran = await migrateAll(platform);
      say(ran.length === 0 ? 'The database is up to date.' : ran.join('\n'));
    }),
  );

importTrelloCommand(program);
program.addCommand(userCommand(env, say));
program.addCommand(deadLettersCommand(env, say));

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
  const expected =
    error instanceof UsageError ||
    isDataLockedError(error) ||
    (error instanceof Error && error.name === 'ConfigError');
  process.exitCode = 1;
  process.stderr.write(
    `${expected || !env.GANTRY_DEBUG ? (error as Error).message : (error as Error).stack}\n`,
  );
}
