import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';

/** Enough to recognise one process for as long as the machine is up: a bare pid is reused, this is not. */
export type ProcessIdentity = { pid: number; started: string };

const onLinux = process.platform === 'linux';

/**
 * When a process started, as an opaque string that differs whenever the pid was given to another process
 * (Linux: boot id and start tick; elsewhere: `ps` start time). Undefined when no such process lives; a zombie
 * counts as dead. Never throws.
 */
export function processStart(pid: number): string | undefined {
  if (onLinux) return linuxProcessStart(pid);
  if (!isAlive(pid)) return undefined;
  if (process.platform === 'win32') return 'alive';
  const ps = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' });
  const line = ps.stdout?.trim() ?? '';
  return line === '' || line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '');
}

/** The identity of this very process. */
export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, started: processStart(process.pid) ?? 'unknown' };
}

/** True while exactly that process lives; false when it ended, even if its pid now belongs to another one. */
export function isSameProcess(identity: ProcessIdentity): boolean {
  return processStart(identity.pid) === identity.started;
}

/** True while any process that is not a zombie has this pid. */
export function isRunning(pid: number): boolean {
  return processStart(pid) !== undefined;
}

/**
 * The full command line of a process, arguments joined by a space; empty when it ended or cannot be read.
 * Never throws.
 */
export function commandLine(pid: number): string {
  if (onLinux) return (readText(`/proc/${pid}/cmdline`) ?? '').replaceAll('\0', ' ').trim();
  if (process.platform === 'win32') return '';
  return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout?.trim() ?? '';
}

/** The folder a process stands in (Linux only, and only where the kernel lets us look); else undefined. */
export function workingFolder(pid: number): string | undefined {
  if (!onLinux) return undefined;
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined; // ended meanwhile, or another user's process: both mean "cannot tell"
  }
}

/** Sends a signal; false when the process is gone. Throws when the signal is not allowed (EPERM). */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** Resolves true as soon as the process is gone, false after `timeoutMs`. */
export async function waitForEnd(pid: number, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (isRunning(pid)) {
    if (Date.now() >= deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}

function linuxProcessStart(pid: number): string | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The second field is the program's name in brackets and may itself contain spaces and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return `${readText('/proc/sys/kernel/random/boot_id')?.trim() ?? ''}/${fields[19]}`;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // the process ended
  }
}
