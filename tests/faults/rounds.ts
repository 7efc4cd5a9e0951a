import { setTimeout as sleep } from 'node:timers/promises';
import type { Round } from './ledger.ts';
import { type Load, type LoadOptions, startLoad } from './load.ts';

/** How often each fault strikes. */
export const ROUNDS = process.env.GANTRY_TEST_LONG === '1' ? 20 : 3;
/** What the design promises after a restart of PostgreSQL. */
export const HEALED_MS = 5_000;
const WRITERS = 12;
/** Acknowledged writes before the fault strikes, at least, and after it is healed. */
export const BEFORE = 25;
const AFTER = 25;
const QUIET_MS = 30_000;

export interface RoundOptions {
  send: LoadOptions['send'];
  /** Everything that is wrong now; asked again until nothing is, for half a minute. */
  look(load: Load): Promise<string[]>;
}

export function aLoad(options: RoundOptions): Load {
  return startLoad({ writers: WRITERS, send: options.send });
}

/** Waits until everything published has had its effect, then says what is wrong. */
export async function faultsAfter(options: RoundOptions, load: Load): Promise<string[]> {
  const deadline = Date.now() + QUIET_MS;
  let faults = await options.look(load);
  while (faults.length > 0 && Date.now() < deadline) {
    await sleep(100);
    faults = await options.look(load);
  }
  return [...faults, ...load.counts.wrong];
}

/** One round: load, the fault in the middle of it, load until it is healed and a while longer, then the ledger. */
export async function strikeOnce(
  options: RoundOptions,
  fault: string,
  round: number,
  strike: () => Promise<void>,
): Promise<Round> {
  const load = aLoad(options);
  let healedMs: number;
  try {
    await until(() => load.counts.acknowledged >= BEFORE + Math.random() * BEFORE);
    const struckAt = performance.now();
    await strike();
    await load.untilHealed();
    healedMs = performance.now() - struckAt;
    const then = load.counts.acknowledged;
    await until(() => load.counts.acknowledged >= then + AFTER);
  } finally {
    // Writers that go on for ever would spoil every round after this one.
    await load.finish();
  }
  const { acknowledged, broken, repeated } = load.counts;
  return { fault, round, acknowledged, broken, repeated, healedMs, faults: await faultsAfter(options, load) };
}

export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(5);
}

/** Names of the writes that were acknowledged. */
export function acknowledged(load: Load): string[] {
  return load.writes.filter((write) => write.answer !== null).map((write) => write.name);
}
