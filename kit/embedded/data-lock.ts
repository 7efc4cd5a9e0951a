import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSameProcess, ownIdentity, type ProcessIdentity } from './processes.ts';

export type DataLockHolder = ProcessIdentity & { url: string | null };

export type DataLock = {
  /** Writes the address others are told when they try the same folder. */
  announce(url: string): Promise<void>;
  /** Gives the folder free. Safe to call twice. */
  release(): Promise<void>;
};

/** Thrown by `acquireDataLock`: another living process holds the folder. */
export type DataLockedError = Error & { code: 'data_locked'; holder: DataLockHolder };

export function isDataLockedError(error: unknown): error is DataLockedError {
  return error instanceof Error && (error as Partial<DataLockedError>).code === 'data_locked';
}

/**
 * Makes this process the only Gantry on a data folder (made when missing). A lock left by a process that was
 * killed heals itself: its pid together with its start time says whether the holder still lives.
 * Throws a DataLockedError, whose message tells a person what to do, when a living process (this one included)
 * holds the folder; throws the file system's error when the folder cannot be written.
 */
export async function acquireDataLock(
  dataDir: string,
  options: { url?: string; fileName?: string } = {},
): Promise<DataLock> {
  await mkdir(dataDir, { recursive: true });
  const file = join(dataDir, options.fileName ?? 'gantry.lock');
  const mine: DataLockHolder = { ...ownIdentity(), url: options.url ?? null };
  for (;;) {
    if (await createLock(file, mine)) break;
    const found = await readLock(file);
    if (found === undefined) continue; // released between our two looks
    if (found.holder !== undefined && isSameProcess(found.holder)) throw lockedError(found.holder, dataDir);
    await removeStaleLock(file, found.text);
  }
  return {
    announce: (url) => replaceLock(file, Object.assign(mine, { url })),
    release: () => releaseLock(file, mine),
  };
}

/** Who holds the folder right now, or undefined when nobody living does. */
export async function dataLockHolder(
  dataDir: string,
  fileName = 'gantry.lock',
): Promise<DataLockHolder | undefined> {
  const found = await readLock(join(dataDir, fileName));
  return found?.holder !== undefined && isSameProcess(found.holder) ? found.holder : undefined;
}

function lockedError(holder: DataLockHolder, dataDir: string): DataLockedError {
  const where = holder.url === null ? '' : `, ${holder.url}`;
  const message =
    `Gantry is already running on this data (pid ${holder.pid}${where}). ` +
    `Stop it, or set GANTRY_DATA and PORT to run a second one. The data folder is ${dataDir}.`;
  return Object.assign(new Error(message), { code: 'data_locked' as const, holder });
}

/** A link appears whole or not at all, so nobody ever reads a half-written lock. */
async function createLock(file: string, holder: DataLockHolder): Promise<boolean> {
  const draft = `${file}.${process.pid}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(holder), { mode: 0o644 });
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function replaceLock(file: string, holder: DataLockHolder): Promise<void> {
  const draft = `${file}.${process.pid}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(holder), { mode: 0o644 });
  await rename(draft, file);
}

async function readLock(file: string): Promise<{ text: string; holder?: DataLockHolder } | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return { text, holder: parseHolder(text) };
}

function parseHolder(text: string): DataLockHolder | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { pid, started, url } = value as Record<string, unknown>;
    if (!Number.isInteger(pid) || typeof started !== 'string') return undefined;
    return { pid: pid as number, started, url: typeof url === 'string' ? url : null };
  } catch {
    return undefined; // a lock torn by a full disk or a power cut: nobody holds it
  }
}

/**
 * Two starters may judge the same stale lock at once. Moving it aside lets only one of them take it; should the
 * slower one have moved the faster one's fresh lock, it notices by the text and puts it back.
 */
async function removeStaleLock(file: string, staleText: string): Promise<void> {
  const aside = `${file}.${process.pid}.${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if ((await readFile(aside, 'utf8')) !== staleText) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}

async function releaseLock(file: string, mine: ProcessIdentity): Promise<void> {
  const found = await readLock(file);
  if (found?.holder?.pid === mine.pid && found.holder.started === mine.started)
    await rm(file, { force: true });
}
