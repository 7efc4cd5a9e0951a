import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FRESH_MS, freshCache } from './fresh-cache.ts';

const answer = <T>(value: T, freshForMs = FRESH_MS, keep = true) => ({ value, freshForMs, keep });

describe('a fresh cache', () => {
  it('never gives a value older than 750 ms, nor older than its owner said', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 2_000 }),
        fc.integer({ min: 0, max: 15 }),
        fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 5 }),
        async (ownerSays, loadMs, pauses) => {
          const cache = freshCache<number>();
          const owned = Math.min(ownerSays, 20);
          for (const pause of pauses) {
            const asked = performance.now();
            const got = await cache.get('k', async () => {
              const at = performance.now();
              await sleep(loadMs);
              return answer(at, owned);
            });
            // As old as what was asked for just now, or kept for at most as long as the owner said.
            expect(got.value).toBeGreaterThanOrEqual(asked - owned - 1);
            expect(got.freshForMs).toBeLessThanOrEqual(owned);
            if (got.freshForMs > 0) expect(got.freshForMs).toBeLessThanOrEqual(got.value + owned - asked + 1);
            await sleep(pause);
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it('believes nothing for longer than 750 ms, whatever its owner says', async () => {
    const cache = freshCache<string>();
    await cache.get('k', async () => answer('a', 60_000));
    expect((await cache.get('k', async () => answer('b'))).freshForMs).toBeLessThanOrEqual(FRESH_MS);
    await sleep(FRESH_MS + 20);
    expect(cache.peek('k')).toBeUndefined();
    expect((await cache.get('k', async () => answer('b'))).value).toBe('b');
  });

  it('adds nothing up when one stands behind another', async () => {
    const [near, far] = [freshCache<number>(), freshCache<number>()];
    const ask = () =>
      near.get('k', async () => {
        const { value, freshForMs } = await far.get('k', async () => answer(performance.now()));
        return answer(value, freshForMs);
      });
    const began = performance.now();
    while (performance.now() - began < 1_800) {
      const { value } = await ask();
      expect(performance.now() - value).toBeLessThanOrEqual(FRESH_MS + 5);
      await sleep(7);
    }
  });

  it('asks once for callers who come together, but not for one who comes long after the question', async () => {
    const cache = freshCache<number>();
    let loads = 0;
    const load = async () => {
      const mine = ++loads;
      await sleep(FRESH_MS + 150);
      return answer(mine);
    };
    const early = Promise.all(Array.from({ length: 5 }, () => cache.get('k', load)));
    await sleep(FRESH_MS + 20);
    const late = cache.get('k', load);
    expect((await early).map((a) => a.value)).toEqual([1, 1, 1, 1, 1]);
    expect((await late).value).toBe(2);
  });

  it('keeps neither refusals nor faults, nor what was deleted while it was being asked', async () => {
    const cache = freshCache<string>();
    await cache.get('k', async () => answer('no', FRESH_MS, false));
    expect(cache.peek('k')).toBeUndefined();
    await expect(cache.get('k', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect((await cache.get('k', async () => answer('yes'))).value).toBe('yes');
    cache.clear();
    const asked = cache.get('k', async () => {
      await sleep(20);
      return answer('old');
    });
    cache.delete('k');
    await asked;
    expect(cache.peek('k')).toBeUndefined();
  });

  it('stays within its size', async () => {
    const cache = freshCache<number>(10);
    for (let i = 0; i < 100; i++) await cache.get(`${i}`, async () => answer(i));
    const kept = Array.from({ length: 100 }, (_, i) => cache.peek(`${i}`)).filter((v) => v !== undefined);
    expect(kept.length).toBeLessThanOrEqual(10);
    expect(kept).toContain(99);
  });
});
