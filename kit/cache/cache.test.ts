import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { memoryCache } from './cache.ts';

it('keeps an answer for its time and asks once for callers who come together', async () => {
  const cache = memoryCache();
  let loads = 0;
  const load = async () => ++loads;
  const got = await Promise.all(Array.from({ length: 5 }, () => cache.get('k', 50, load)));
  expect(got).toEqual([1, 1, 1, 1, 1]);
  await sleep(70);
  expect(await cache.get('k', 50, load)).toBe(2);
});

it('does not keep what was deleted while it was being loaded', async () => {
  const cache = memoryCache();
  const asked = cache.get('k', 1_000, async () => {
    await sleep(20);
    return 'old';
  });
  await cache.delete('k');
  expect(await asked).toBe('old');
  expect(await cache.get('k', 1_000, async () => 'new')).toBe('new');
});

it('keeps no faults and stays within its size, the least recently used first to go', async () => {
  const cache = memoryCache(3);
  await expect(cache.get('k', 1_000, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  for (const key of ['a', 'b', 'c', 'a', 'd']) await cache.get(key, 1_000, async () => key);
  expect(await cache.get('a', 1_000, async () => 'again')).toBe('a');
  expect(await cache.get('b', 1_000, async () => 'again')).toBe('again');
});
