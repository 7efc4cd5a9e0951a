import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { acquireDataLock, dataLockHolder, isDataLockedError } from './data-lock.ts';
import { ownIdentity, processStart, waitForEnd } from './processes.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-lock-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const lockFile = () => join(folder, 'gantry.lock');

test('a second start on the same data is told who runs there and what to do', async () => {
  const lock = await acquireDataLock(folder, { url: 'http://localhost:3000' });
  const refused = await acquireDataLock(folder).catch((error: unknown) => error);
  expect(isDataLockedError(refused)).toBe(true);
  expect(String(refused)).toContain(`pid ${process.pid}, http://localhost:3000`);
  expect(String(refused)).toContain('GANTRY_DATA');

  await lock.announce('http://localhost:4000');
  expect((await dataLockHolder(folder))?.url).toBe('http://localhost:4000');

  await lock.release();
  await lock.release();
  expect(await readdir(folder)).toEqual([]);
  await (await acquireDataLock(folder)).release();
});

test('the lock of a killed process heals itself', async () => {
  const sleeper = spawn('sleep', ['60']);
  const pid = sleeper.pid ?? 0;
  await writeFile(lockFile(), JSON.stringify({ pid, started: processStart(pid), url: null }));
  await expect(acquireDataLock(folder)).rejects.toThrow(`pid ${pid}`);
  sleeper.kill('SIGKILL');
  await waitForEnd(pid, 2_000);
  await (await acquireDataLock(folder)).release();
});

test('a lock whose pid now belongs to another process heals itself', async () => {
  await writeFile(lockFile(), JSON.stringify({ ...ownIdentity(), started: 'another boot/1', url: null }));
  await (await acquireDataLock(folder)).release();
});

test.each(['', '{', '[]', '{"pid":"1"}', 'null'])('a torn lock file (%s) heals itself', async (text) => {
  await writeFile(lockFile(), text);
  await (await acquireDataLock(folder)).release();
});

test('of many who find the same stale lock, exactly one gets the folder', async () => {
  await writeFile(lockFile(), JSON.stringify({ pid: 2 ** 22 + 1, started: 'long ago', url: null }));
  const tries = await Promise.allSettled(Array.from({ length: 20 }, () => acquireDataLock(folder)));
  expect(tries.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
  expect(await readdir(folder)).toEqual(['gantry.lock']);
});
