import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { dataLockHolder, isDataLockedError } from '@gantry/kit/embedded';
import { onStopSignal } from './signals.ts';
import { buildWebWhenStale } from './web-build.ts';

const repository = resolve(import.meta.dirname, '..');
const LONGEST_STOP_MS = 45_000;

const help = `npm start [-- --demo]      starts Gantry: web app, services, and PostgreSQL unless DATABASE_URL is set

  --demo        adds a workspace full of believable data
  --no-web      does not build the web app first
  --build-only  builds the web app and does not start

  PORT         where to listen (3000)
  GANTRY_DATA  the folder for all data (.gantry)
`;

type StartGantry = (options: {
  env: Record<string, string | undefined>;
  demo?: boolean;
  webDist?: string;
}) => Promise<{ url: string; stop(): Promise<void> }>;

// Compiled code is kept between starts: a second start is about a second shorter.
enableCompileCache(join(repository, 'node_modules', '.cache', 'compile'));
await main();

async function main(): Promise<void> {
  const options = readOptions();
  if (options.help) return say(help);
  const cancelled = new AbortController();
  let stop: (() => Promise<void>) | undefined;
  let stopping = false;
  onStopSignal(() => {
    say('Stopping…');
    stopping = true;
    cancelled.abort();
    setTimeout(() => fail('Gantry did not stop in time; ending it.'), LONGEST_STOP_MS).unref();
    void stop?.().then(
      () => process.exit(0),
      (error) => fail(messageOf(error)),
    );
  }, say);

  try {
    const env = withDefaults(process.env);
    if (!options.buildOnly) await refuseWhenTaken(env);
    const webDist = options.web ? await buildWebWhenStale({ say, signal: cancelled.signal }) : existingWeb();
    if (stopping || options.buildOnly) process.exit(0);
    const address = new URL('../services/main.ts', import.meta.url).href;
    const { startGantry } = (await import(address)) as { startGantry: StartGantry };
    const gantry = await startGantry({ env, demo: options.demo, ...(webDist !== undefined && { webDist }) });
    if (stopping) {
      await gantry.stop();
      process.exit(0);
    }
    stop = () => gantry.stop();
    greet(gantry.url, env, options.demo);
  } catch (error) {
    if (stopping) process.exit(0);
    fail(isPortTaken(error) ? portTaken(process.env.PORT ?? '3000') : messageOf(error));
  }
}

function readOptions(): { demo: boolean; help: boolean; web: boolean; buildOnly: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        demo: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        web: { type: 'boolean', default: true },
        'build-only': { type: 'boolean', default: false },
      },
      allowNegative: true,
    });
    return { ...values, buildOnly: values['build-only'] };
  } catch (error) {
    return fail(`${messageOf(error)}\n\n${help}`);
  }
}

/** The data folder is said outright, so that it does not depend on where the command is typed. */
function withDefaults(env: NodeJS.ProcessEnv): Record<string, string | undefined> {
  const folder = env.GANTRY_DATA
    ? resolve(env.INIT_CWD ?? process.cwd(), env.GANTRY_DATA)
    : join(repository, '.gantry');
  return { ...env, GANTRY_DATA: folder };
}

/** Said before the slow work; the services check both again when they take them. */
async function refuseWhenTaken(env: Record<string, string | undefined>): Promise<void> {
  const holder = await dataLockHolder(env.GANTRY_DATA ?? '');
  if (holder !== undefined) {
    const where = holder.url === null ? '' : `, ${holder.url}`;
    fail(
      `Gantry is already running on this data (pid ${holder.pid}${where}). ` +
        'Stop it, or set GANTRY_DATA and PORT to run a second one.',
    );
  }
  const port = Number(env.PORT || '3000');
  if (Number.isInteger(port) && port > 0 && port < 65_536 && !(await isFree(port)))
    fail(portTaken(String(port)));
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', (error) => done(!isPortTaken(error)));
    server.listen(port, () => server.close(() => done(true)));
  });
}

function isPortTaken(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
}

function portTaken(port: string): string {
  const other = Number(port) + 1;
  return `Port ${port} is taken by another program. Stop that one, or choose another port: PORT=${other} npm start`;
}

function existingWeb(): string | undefined {
  const dist = join(repository, 'web', 'dist');
  return existsSync(dist) ? dist : undefined;
}

function greet(url: string, env: Record<string, string | undefined>, demo: boolean): void {
  say(`\nGantry is running: ${url}\n`);
  say(demo ? 'The demo workspace is ready.' : 'First time here? Open the address and sign up.');
  say(
    `Data: ${env.DATABASE_URL ? 'the database of DATABASE_URL' : env.GANTRY_DATA} · API: ${url}/docs · Ctrl-C stops it.`,
  );
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const expected = isDataLockedError(error) || error.name === 'ConfigError';
  return expected || !process.env.GANTRY_DEBUG ? error.message : (error.stack ?? error.message);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
