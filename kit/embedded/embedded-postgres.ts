import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, realpath } from 'node:fs/promises';
import pg from 'pg';
import { findPostgresBinaries } from './binaries.ts';
import {
  type ClusterPlace,
  choosePort,
  clearTheWay,
  clusterPlace,
  type Durability,
  ensureCluster,
  ensurePassword,
  serverArguments,
  serverState,
  stopServer,
} from './cluster.ts';
import { acquireDataLock } from './data-lock.ts';
import { chooseLauncher, type Launcher } from './launcher.ts';
import { waitForEnd } from './processes.ts';

/** What the supervisor says goes here; a pino logger fits. */
export type EmbeddedLogger = {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
};

export type EmbeddedPostgresOptions = {
  /** The one folder for the cluster, its password and its port. Made when missing. */
  dataDir: string;
  logger?: EmbeddedLogger;
  /** Default: the port of last time when it is still free, else a free one. */
  port?: number;
  /** Used when the cluster is made; default random. Afterwards the kept one counts. */
  superuserPassword?: string;
  /** Default `on`. `off` is for tests. */
  durability?: Durability;
};

export type ExitEvent = { pid: number; code: number | null; signal: NodeJS.Signals | null };

export type EmbeddedPostgres = {
  /** Superuser address of the database `gantry`. Stays the same as long as this object lives. */
  url: string;
  port: number;
  /** Pid of the postmaster; changes after a restart. 0 while it is down. */
  pid(): number;
  /** Stops and starts the server in order. Resolves when it accepts connections again. */
  restart(): Promise<void>;
  /** Fast shutdown; resolves when the server has ended and the folder is free. Safe to call twice. */
  stop(): Promise<void>;
  /** Called whenever the server ended although nobody asked it to. It is restarted by itself. */
  onExit(listener: (event: ExitEvent) => void): () => void;
};

type Server = { child: ChildProcess; pid: number };

const READY_TIMEOUT_MS = 120_000; // recovery of a large log after a crash takes its time
const LONGEST_PAUSE_MS = 5_000;
const STEADY_MS = 10_000;

/**
 * Starts PostgreSQL on a folder of its own and keeps it running until `stop()`: a server that dies is started
 * again on the same port. Works as root and as an ordinary user. Whatever a killed predecessor left behind (stale
 * locks, a living server) is put in order first.
 * Throws a DataLockedError when another living process supervises the folder, and errors written for a person
 * when the machine cannot run it, the folder cannot be reached, or the given port is taken.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  await mkdir(options.dataDir, { recursive: true });
  const place = clusterPlace(await realpath(options.dataDir));
  const lock = await acquireDataLock(place.folder, { fileName: 'supervisor.lock' });
  try {
    return await supervise(place, options, lock.release);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function supervise(
  place: ClusterPlace,
  options: EmbeddedPostgresOptions,
  releaseLock: () => Promise<void>,
): Promise<EmbeddedPostgres> {
  const { logger, durability = 'on' } = options;
  const binaries = findPostgresBinaries();
  const launcher = chooseLauncher({
    postgres: binaries.postgres,
    folder: place.folder,
    cluster: place.cluster,
  });
  const password = await ensurePassword(place, options.superuserPassword);
  const made = await ensureCluster({ place, binaries, launcher, password, durability });
  const found = await clearTheWay(place);
  if (found !== 'clean') logger?.warn({ found }, 'embedded PostgreSQL was not stopped in order last time');
  const port = await choosePort(place, options.port);
  const address = (database: string): string =>
    `postgres://postgres:${password}@127.0.0.1:${port}/${database}`;
  const args = serverArguments(place, port, durability);
  const launch = (): Promise<Server> =>
    launchServer({ place, launcher, program: binaries.postgres, args, logger });

  const listeners = new Set<(event: ExitEvent) => void>();
  let server: Server | undefined = await launch();
  let stopping = false;
  let work: Promise<void> = Promise.resolve(); // restarts and stop, one after the other
  const inTurn = (task: () => Promise<void>): Promise<void> => {
    work = work.then(task, task);
    return work;
  };

  const watch = (watched: Server): void => {
    const since = Date.now();
    watched.child.once('exit', (code, signal) => {
      if (server !== watched) return; // asked for
      server = undefined;
      const event = { pid: watched.pid, code, signal };
      logger?.error(event, 'embedded PostgreSQL ended unexpectedly; starting it again');
      for (const listener of listeners) listener(event);
      void inTurn(() => revive(Date.now() - since > STEADY_MS ? 0 : 250));
    });
  };

  const revive = async (pauseMs: number): Promise<void> => {
    for (
      let pause = pauseMs;
      !stopping && server === undefined;
      pause = Math.min(pause * 2 + 250, LONGEST_PAUSE_MS)
    ) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      if (stopping) return;
      try {
        await clearTheWay(place);
        server = await launch();
        watch(server);
        logger?.info({ pid: server.pid }, 'embedded PostgreSQL is up again');
      } catch (error) {
        logger?.error({ err: error }, 'embedded PostgreSQL did not start; trying again');
      }
    }
  };

  const halt = async (): Promise<void> => {
    const last = server;
    server = undefined;
    if (last !== undefined) await stopServer(last.pid);
  };

  // A process.exit() somewhere must not leave the server behind; there is no time left to wait for it then.
  const onProcessExit = (): void => {
    server?.child.kill('SIGINT');
  };
  process.on('exit', onProcessExit);
  watch(server);

  if (made) {
    try {
      await createDatabase(address('postgres'));
    } catch (error) {
      stopping = true;
      process.off('exit', onProcessExit);
      await halt();
      throw error;
    }
  }
  logger?.info({ pid: server?.pid, port, runsAs: launcher.description, made }, 'embedded PostgreSQL is up');

  return {
    url: address('gantry'),
    port,
    pid: () => server?.pid ?? 0,
    restart: () =>
      inTurn(async () => {
        if (stopping) throw new Error('The embedded PostgreSQL has been stopped.');
        await halt();
        await clearTheWay(place);
        server = await launch();
        watch(server);
      }),
    stop: () => {
      stopping = true;
      return inTurn(async () => {
        await halt();
        process.off('exit', onProcessExit);
        await releaseLock();
      });
    },
    onExit: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

async function launchServer(input: {
  place: ClusterPlace;
  launcher: Launcher;
  program: string;
  args: string[];
  logger?: EmbeddedLogger | undefined;
}): Promise<Server> {
  const { file, args, uid, gid } = input.launcher.command(input.program, input.args);
  // Detached: Ctrl-C reaches the whole process group, and Gantry must drain before its database goes.
  const child = spawn(file, args, {
    cwd: '/',
    uid,
    gid,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  const tail: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => {
    for (const line of chunk.toString().split('\n')) {
      if (line === '') continue;
      if (tail.push(line) > 20) tail.shift();
      // Callers who knock during a start or a stop get their own error; it is no news here.
      if (/^(FATAL|PANIC):(?!\s+the database system is)/.test(line))
        input.logger?.warn({ line }, 'embedded PostgreSQL says');
    }
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(`it ended with ${signal ?? code}`));
  });
  const pid = child.pid;
  const failure = pid === undefined ? await ended : await waitUntilReady(input.place, pid, ended);
  if (failure === undefined && pid !== undefined) return { child, pid };
  throw new Error(`Embedded PostgreSQL did not start: ${failure}\n${tail.join('\n')}`);
}

/** Undefined once the server accepts connections, else why it never will. */
async function waitUntilReady(
  place: ClusterPlace,
  pid: number,
  ended: Promise<string>,
): Promise<string | undefined> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const state = await serverState(place);
    if (state?.pid === pid && state.ready) return undefined;
    const pause = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 20));
    const failure = await Promise.race([ended, pause]);
    if (failure !== undefined) return failure;
  }
  await stopServer(pid);
  await waitForEnd(pid, 1_000);
  return `it was not ready after ${READY_TIMEOUT_MS / 1000} s`;
}

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('CREATE DATABASE gantry');
  } finally {
    await client.end();
  }
}
