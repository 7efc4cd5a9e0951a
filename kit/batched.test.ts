import { describe, expect, it } from 'vitest';
import { batched } from './batched.ts';

describe('batched look-ups', () => {
  it('asks once for all keys of a turn, per scope, each key once', async () => {
    const asked: [object, string[]][] = [];
    const scopes = [{ name: 'a' }, { name: 'b' }] as const;
    const get = batched(async (scope: { name: string }, keys) => {
      asked.push([scope, keys]);
      return new Map(keys.filter((k) => k !== 'none').map((k) => [k, `${scope.name}${k}`]));
    });
    const answers = await Promise.all([
      get(scopes[0], 'x'),
      get(scopes[0], 'y'),
      get(scopes[0], 'x'),
      get(scopes[1], 'x'),
      get(scopes[0], 'none'),
    ]);
    expect(answers).toEqual(['ax', 'ay', 'ax', 'bx', undefined]);
    expect(asked).toEqual([
      [scopes[0], ['x', 'y', 'none']],
      [scopes[1], ['x']],
    ]);
    expect(await get(scopes[0], 'later')).toBe('alater');
    expect(asked).toHaveLength(3);
  });

  it('a fault reaches everybody who asked and is not kept', async () => {
    let broken = true;
    const get = batched(async (_scope: object, keys) => {
      if (broken) throw new Error('away');
      return new Map(keys.map((k) => [k, 1]));
    });
    const scope = {};
    const outcomes = await Promise.allSettled([get(scope, 'a'), get(scope, 'b')]);
    expect(outcomes.map((o) => o.status)).toEqual(['rejected', 'rejected']);
    broken = false;
    expect(await get(scope, 'a')).toBe(1);
  });
});
