import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byRank, isRank, rankBetween, ranksAfter } from './rank.ts';

describe('ranks', () => {
  it('a rank between two neighbours lies strictly between them, wherever one inserts, thousands of times', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(), { minLength: 1, maxLength: 300 }),
        fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
        (places, randoms) => {
          const random = () => randoms.next().value as number;
          const list: string[] = [];
          for (const place of places) {
            const at = place % (list.length + 1);
            const after = list[at - 1] ?? null;
            const before = list[at] ?? null;
            const rank = rankBetween(after, before, random);
            expect(isRank(rank)).toBe(true);
            if (after !== null) expect(rank > after).toBe(true);
            if (before !== null) expect(rank < before).toBe(true);
            list.splice(at, 0, rank);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('appending ten thousand times keeps ranks short', () => {
    let last: string | null = null;
    for (let i = 0; i < 10_000; i++) last = rankBetween(last, null);
    expect((last as string).length).toBeLessThan(190);
  });

  it('prepending and halving a thousand times stays within the limit', () => {
    let first = rankBetween(null, null);
    for (let i = 0; i < 1_000; i++) first = rankBetween(null, first);
    expect(isRank(first)).toBe(true);
    const low = rankBetween(null, null);
    let high = rankBetween(low, null);
    for (let i = 0; i < 150; i++) high = rankBetween(low, high);
    expect(isRank(high)).toBe(true);
  });

  it('equal neighbours give a rank behind them, and the order is total by id', () => {
    const r = rankBetween('V', 'V');
    expect(r > 'V').toBe(true);
    expect(
      [
        { rank: 'V', id: 'b' },
        { rank: 'V', id: 'a' },
      ]
        .sort(byRank)
        .map((x) => x.id),
    ).toEqual(['a', 'b']);
  });

  it('bulk ranks increase and follow the given rank', () => {
    for (const count of [1, 10, 10_000]) {
      const ranks = ranksAfter('V', count);
      expect(ranks).toEqual([...ranks].sort());
      expect(new Set(ranks).size).toBe(count);
      expect(ranks.every((r) => isRank(r) && r > 'V')).toBe(true);
    }
  });
});
