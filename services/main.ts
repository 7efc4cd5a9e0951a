import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  ConfigError,
  type Env,
  type Logger,
  makeLogger,
  type PlatformConfig,
  type Runtime,
  readAllConfig,
  selectServices,
  startRuntime,
} from '@gantry/kit';
import { acquireDataLock, startEmbeddedPostgres } from '@gantry/kit/embedded';
import { addDemo } from './demo/demo.ts';
import { gatewayService } from './gateway/service.ts';
import { notificationsService } from './notifications/service.ts';
import { projectsService } from './projects/service.ts';
import { tasksService } from './tasks/service.ts';
import { usersService } from './users/service.ts';

/** Every service of the platform; SERVICES says which of them a process runs. */
export const allServices = [
  usersService,
  projectsService,
  tasksService,
  notificationsService,
  gatewayService,
] as const;

export interface StartOptions {
  env: Env;
  /** Adds the demo workspace, unless it is there. */
  demo?: boolean;
  logger?: Logger;
  /** Folder of the built web app. */
  webDist?: string;
}

export interface Gantry {
  url: string;
  runtime: Runtime;
  /** Drains, then ends everything that was started, in reverse order. */
  stop(): Promise<void>;
}

/**
 * Starts what the environment says: embedded PostgreSQL unless DATABASE_URL is set, then the services.
 * Throws ConfigError with every fault of the environment, DataLockedError if another process uses the data folder.
 */
export async function startGantry(options: StartOptions): Promise<Gantry> {
  const env: Env = options.webDist ? { ...options.env, WEB_DIST: options.webDist } : options.env;
  const { platform } = readAllConfig(selectServices(allServices, options.env.SERVICES?.trim() || 'all'), env);
  const whole = platform.SERVICES === 'all';
  if (!whole) requireShared(platform);
  const dataDir = resolve(platform.GANTRY_DATA);
  const log = options.logger ?? makeLogger(platform.LOG_LEVEL);
  const undo: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    await mkdir(dataDir, { recursive: true });
    const lock = whole ? await acquireDataLock(dataDir) : null;
    if (lock) undo.push(lock.release);
    const secret = platform.GANTRY_SECRET ?? (await keptSecret(dataDir));
    const databaseUrl = platform.DATABASE_URL ?? (await startDatabase(dataDir, log, undo));
    const runtime = await startRuntime({ services: allServices, env, databaseUrl, secret, dataDir, log });
    undo.push(runtime.stop);
    await lock?.announce(runtime.url);
    const demo = options.demo ? await addDemo(runtime.url, dataDir) : null;
    if (demo)
      process.stdout.write(`Demo workspace: sign in as ${demo.email} with the password ${demo.password}\n`);
    return { url: runtime.url, runtime, stop };
  } catch (error) {
    await stop().catch((fault: Error) => log.error({ event: 'stop_failed', reason: fault.message }));
    throw error;
  }
}

/** Processes that run a part each can only work together on one database and with one secret. */
function requireShared(platform: PlatformConfig): void {
  const faults: string[] = [];
  if (!platform.DATABASE_URL)
    faults.push(
      `DATABASE_URL is missing: with SERVICES=${platform.SERVICES} all processes need the same database`,
    );
  if (!platform.GANTRY_SECRET)
    faults.push(
      `GANTRY_SECRET is missing: with SERVICES=${platform.SERVICES} all processes need the same secret (openssl rand -base64 32)`,
    );
  if (faults.length > 0) throw new ConfigError(faults);
}

async function startDatabase(dataDir: string, log: Logger, undo: (() => Promise<void>)[]): Promise<string> {
  const postgres = await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres'), logger: log });
  undo.push(postgres.stop);
  return postgres.url;
}

/** The secret of this data folder, made at the first start; only its owner can read it. */
export async function keptSecret(dataDir: string): Promise<string> {
  const file = join(dataDir, 'secret');
  try {
    await writeFile(file, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return (await readFile(file, 'utf8')).trim();
}

/** `SERVICES=tasks node services/main.ts`: one part of the platform; SIGTERM drains it. */
async function runDirectly(): Promise<void> {
  const say = (text: string) => process.stderr.write(`${text}\n`);
  let gantry: Gantry | undefined;
  let ending = false;
  const end = () => {
    if (ending) return;
    ending = true;
    void (gantry?.stop() ?? Promise.resolve()).then(
      () => process.exit(0),
      (error: Error) => {
        say(error.message);
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, end);
  try {
    gantry = await startGantry({ env: process.env });
    say(`Gantry (${process.env.SERVICES ?? 'all'}) is running: ${gantry.url}`);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    process.exit(1);
  }
}

if (import.meta.main) await runDirectly();
