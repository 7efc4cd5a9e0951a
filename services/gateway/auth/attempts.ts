import { fail } from '@gantry/kit';

const WINDOW_MS = 60_000;
const MAX_ADDRESSES = 50_000;

/** Counts attempts per address in windows of a minute. A small guard per process against guessing passwords. */
export function attemptLimit(perMinute: number) {
  let counts = new Map<string, number>();
  let windowEnds = 0;
  return (address: string): void => {
    const now = Date.now();
    if (now >= windowEnds || counts.size >= MAX_ADDRESSES) {
      counts = new Map();
      windowEnds = now + WINDOW_MS;
    }
    const count = (counts.get(address) ?? 0) + 1;
    counts.set(address, count);
    if (count > perMinute) {
      throw fail('rate_limited', {
        detail: 'Too many attempts to sign in from your address. Wait a minute.',
        headers: { 'retry-after': String(Math.ceil((windowEnds - now) / 1000)) },
      });
    }
  };
}
