import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import type { PostgresBinaries } from './binaries.ts';
import type { Launcher } from './launcher.ts';
import { commandLine, isRunning, sendSignal, waitForEnd, workingFolder } from './processes.ts';

/** `off` is for tests: a power cut may then cost the whole cluster. */
export type Durability = 'on' | 'off';

/** Everything the supervisor keeps in its one folder. */
export type ClusterPlace = { folder: string; cluster: string; passwordFile: string; portFile: string };

export function clusterPlace(folder: string): ClusterPlace {
  return {
    folder,
    cluster: join(folder, 'cluster'),
    passwordFile: join(folder, 'superuser-password'),
    portFile: join(folder, 'port'),
  };
}

/**
 * Makes the cluster when there is none; a half-made one from an interrupted first start is never used.
 * Returns true when it was made now. Throws when the cluster belongs to another PostgreSQL major.
 */
export async function ensureCluster(input: {
  place: ClusterPlace;
  binaries: PostgresBinaries;
  launcher: Launcher;
  password: string;
  durability: Durability;
}): Promise<boolean> {
  const { place, binaries, launcher } = input;
  if (existsSync(place.cluster)) {
    const major = (await readFile(join(place.cluster, 'PG_VERSION'), 'utf8')).trim();
    if (major === binaries.major) return false;
    throw new Error(
      `${place.cluster} was made by PostgreSQL ${major}, this Gantry brings ${binaries.major}. ` +
        'Export with the Gantry that made it, then import into an empty data folder.',
    );
  }
  await removeLeftovers(place.folder);
  const draft = join(place.folder, `.new-${randomBytes(6).toString('hex')}`);
  const passwordFile = `${draft}.password`;
  await mkdir(draft, { mode: 0o700 });
  await launcher.own(draft);
  await writeFile(passwordFile, `${input.password}\n`, { mode: 0o600 });
  await launcher.own(passwordFile);
  try {
    await initialise({ ...input, draft, passwordFile });
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(draft, place.cluster);
  return true;
}

async function removeLeftovers(folder: string): Promise<void> {
  const old = (await readdir(folder)).filter(
    (name) => name.startsWith('.new-') || name.startsWith('.probe-'),
  );
  await Promise.all(old.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

async function initialise(input: {
  binaries: PostgresBinaries;
  launcher: Launcher;
  draft: string;
  passwordFile: string;
  durability: Durability;
}): Promise<void> {
  // The builtin provider sorts the same on every machine. Its character classes come from the C library though
  // (pg_trgm ignores every letter beyond ASCII under plain C), so a UTF-8 one is looked for first.
  let failure = '';
  for (const locale of ['C.UTF-8', 'en_US.UTF-8', 'C']) {
    const result = await runInitdb(input, locale);
    if (result.code === 0) return;
    failure = result.output;
    if (!failure.includes('invalid locale')) break;
  }
  throw new Error(`Embedded PostgreSQL could not make its cluster:\n${failure}`);
}

function runInitdb(
  input: {
    binaries: PostgresBinaries;
    launcher: Launcher;
    draft: string;
    passwordFile: string;
    durability: Durability;
  },
  locale: string,
): Promise<{ code: number | null; output: string }> {
  const args = [
    `--pgdata=${input.draft}`,
    '--username=postgres',
    `--pwfile=${input.passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    `--locale=${locale}`,
    '--lc-messages=C',
    ...(input.durability === 'off' ? ['--no-sync'] : []),
  ];
  const { file, args: all, uid, gid } = input.launcher.command(input.binaries.initdb, args);
  return new Promise((resolve, reject) => {
    const child = spawn(file, all, { cwd: '/', uid, gid, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** The superuser's password: the kept one, else the given one, else a random one; kept with mode 0600. */
export async function ensurePassword(place: ClusterPlace, given: string | undefined): Promise<string> {
  const kept = await readIfThere(place.passwordFile);
  if (kept !== undefined && kept.trim() !== '') return kept.trim();
  if (existsSync(place.cluster)) {
    throw new Error(
      `${place.passwordFile} is missing, and without it the cluster beside it cannot be entered.`,
    );
  }
  const password = given ?? randomBytes(24).toString('hex');
  await writeFile(place.passwordFile, `${password}\n`, { mode: 0o600 });
  return password;
}

/** The given port, else the remembered one when it is free, else a free one. A given port that is taken throws. */
export async function choosePort(place: ClusterPlace, given: number | undefined): Promise<number> {
  if (given !== undefined) {
    if ((await freePort(given)) === given) return given;
    throw new Error(`Port ${given}, wanted for the embedded PostgreSQL, is taken by another program.`);
  }
  const remembered = Number((await readIfThere(place.portFile))?.trim());
  const usable = Number.isInteger(remembered) && remembered > 1023 && remembered < 65_536;
  const port = (usable ? await freePort(remembered) : undefined) ?? (await freePort(0));
  if (port === undefined) throw new Error('No free port was found on 127.0.0.1 for the embedded PostgreSQL.');
  if (port !== remembered) await writeFile(place.portFile, `${port}\n`);
  return port;
}

function freePort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}

/** PostgreSQL's arguments: modest memory, full durability unless a test says otherwise, reachable from here only. */
export function serverArguments(place: ClusterPlace, port: number, durability: Durability): string[] {
  const roomy = totalmem() >= 4 * 1024 ** 3;
  const unsafe = { fsync: 'off', full_page_writes: 'off' }; // survives kill -9, not a power cut
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: roomy ? '256MB' : '128MB',
    effective_cache_size: roomy ? '1GB' : '512MB',
    maintenance_work_mem: '64MB',
    work_mem: '8MB',
    max_wal_size: '1GB',
    checkpoint_timeout: '15min',
    random_page_cost: '1.1',
    jit: 'off', // compiling costs more than it saves in queries of a millisecond
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '',
    // A failed statement is the caller's to report; its text and values do not belong in our logs.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_checkpoints: 'off',
    // Before recovering from a crash everything on disk is made sure of: one call instead of 1,300 files, seconds
    // on a busy disk.
    ...(process.platform === 'linux' ? { recovery_init_sync_method: 'syncfs' } : {}),
    fsync: 'on',
    synchronous_commit: 'on',
    ...(durability === 'off' ? unsafe : {}),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', place.cluster, '-p', String(port), ...flags];
}

/**
 * Makes the cluster startable after any kind of death. A PostgreSQL still alive on this very cluster (its
 * Gantry was killed) is stopped in order; a lock file whose pid is dead, or belongs to another program by now,
 * is removed; server processes left without their postmaster are ended.
 */
export async function clearTheWay(
  place: ClusterPlace,
): Promise<'clean' | 'stale lock removed' | 'orphan stopped'> {
  const lockFile = join(place.cluster, 'postmaster.pid');
  const text = await readIfThere(lockFile);
  if (text === undefined) return 'clean';
  const pid = Number.parseInt(text, 10);
  if (Number.isInteger(pid) && pid > 0 && isRunning(pid) && isServerOf(place, pid)) {
    await stopServer(pid);
    return 'orphan stopped';
  }
  await endStrays(place);
  // PostgreSQL removes a lock whose pid is dead by itself, but believes any living pid to be a server.
  if (Number.isInteger(pid) && pid > 0 && !isRunning(pid)) return 'stale lock removed';
  await rm(lockFile, { force: true });
  return 'stale lock removed';
}

/** Fast shutdown, then immediate, then kill; resolves when the process is gone. */
export async function stopServer(pid: number): Promise<void> {
  const steps: [NodeJS.Signals, number][] = [
    ['SIGINT', 30_000],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ];
  for (const [signal, patienceMs] of steps) {
    if (!sendSignal(pid, signal) || (await waitForEnd(pid, patienceMs))) return;
  }
  throw new Error(`PostgreSQL (pid ${pid}) does not end, not even when killed.`);
}

function isServerOf(place: ClusterPlace, pid: number): boolean {
  return workingFolder(pid) === place.cluster || commandLine(pid).includes(`-D ${place.cluster} `);
}

/** Server processes outlive a killed postmaster for a moment; a new one refuses to start while they do. */
async function endStrays(place: ClusterPlace): Promise<void> {
  if (process.platform !== 'linux') return;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const strays = pids.filter((pid) => pid !== process.pid && isServerProcess(place, pid));
  for (const pid of strays) sendSignal(pid, 'SIGKILL');
  await Promise.all(strays.map((pid) => waitForEnd(pid, 5_000)));
}

function isServerProcess(place: ClusterPlace, pid: number): boolean {
  return workingFolder(pid) === place.cluster && /^(\S*\/)?postgres(:|\s|$)/.test(commandLine(pid));
}

/** The pid and state PostgreSQL wrote into its lock file. */
export async function serverState(place: ClusterPlace): Promise<{ pid: number; ready: boolean } | undefined> {
  const lines = (await readIfThere(join(place.cluster, 'postmaster.pid')))?.split('\n');
  if (lines === undefined) return undefined;
  return { pid: Number.parseInt(lines[0] ?? '', 10), ready: lines[7]?.trim() === 'ready' };
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return undefined;
    if (code !== 'EACCES') throw error;
    throw new Error(
      `${file} may not be read by this user: Gantry was started here by another one. ` +
        'Start it as that user (root, perhaps), or choose another folder with GANTRY_DATA.',
      { cause: error },
    );
  }
}
