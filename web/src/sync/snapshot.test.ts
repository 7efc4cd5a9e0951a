import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BrokenSnapshot, readSnapshot } from './snapshot.ts';
import { aBoard, bodyOf, snapshotText } from './testing/fakes.ts';

const { statuses, tasks } = aBoard(['todo', 'done — 完了 🎉'], 4);
const text = snapshotText(7, statuses, tasks);

test('is the same whatever pieces it arrives in', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 3000 }), async (size) => {
      const state = await readSnapshot(bodyOf(text, size), () => undefined);
      expect(state.seq).toBe(7);
      expect([...state.tasks.values()]).toEqual(tasks);
      expect([...state.statuses.values()]).toEqual(statuses);
    }),
    { numRuns: 30 },
  );
});

test('one that ends early is refused, not taken for the whole', async () => {
  const lines = text.trim().split('\n');
  await expect(readSnapshot(bodyOf(`${lines.slice(0, -1).join('\n')}\n`), () => undefined)).rejects.toThrow(
    BrokenSnapshot,
  );
  await expect(readSnapshot(bodyOf(text.slice(0, text.length / 2)), () => undefined)).rejects.toThrow();
});
