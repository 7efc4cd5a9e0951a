import { readdir, readFile } from 'node:fs/promises';

/** Linux counts processor time in hundredths of a second, whatever the kernel's own clock. */
const TICK_MS = 10;

/**
 * Processor milliseconds a PostgreSQL server has used so far: its main process, the children alive and those that
 * have ended. NaN where there is no /proc.
 */
export async function postgresCpu(postmaster: number): Promise<number> {
  const own = await statOf(postmaster);
  if (!own) return Number.NaN;
  let ticks = own.used + own.usedByEnded;
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await statOf(Number(name));
    if (stat?.parent === postmaster) ticks += stat.used;
  }
  return ticks * TICK_MS;
}

async function statOf(pid: number): Promise<{ parent: number; used: number; usedByEnded: number } | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (text === null) return null;
  // Fields from the third on; the second is the name in brackets and may hold anything.
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const sum = (...at: number[]) => at.reduce((total, i) => total + (fields[i] ?? 0), 0);
  return { parent: fields[1] ?? 0, used: sum(11, 12), usedByEnded: sum(13, 14) };
}
