import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeCursor, listOf, pageOf, parseSort } from './pages.ts';

describe('pages', () => {
  it('start where the pages before end', () => {
    expect(pageOf({})).toEqual({ page: 1, limit: 50, offset: 0, cursor: null });
    expect(pageOf({ page: 3, limit: 20 })).toMatchObject({ offset: 40 });
    expect(listOf([1], 7, { page: 1, limit: 1 }, null)).toEqual({
      data: [1],
      meta: { total: 7, page: 1, limit: 1, next_cursor: null },
    });
  });

  it('take every cursor they gave out, whatever is in it', () => {
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.boolean(), fc.constant(null));
    fc.assert(
      fc.property(fc.array(value), (values) => {
        const { cursor, offset } = pageOf({ cursor: encodeCursor(values), page: 9 });
        expect(cursor).toEqual(JSON.parse(JSON.stringify(values)));
        expect(offset).toBe(0);
      }),
    );
  });

  it('refuse any other cursor as the field it came in', () => {
    const refused = expect.objectContaining({
      code: 'invalid_request',
      fields: [expect.objectContaining({ path: 'query/cursor' })],
    });
    const tryIt = (cursor: string) => {
      try {
        pageOf({ cursor });
        return 'taken';
      } catch (error) {
        return error;
      }
    };
    for (const foreign of ['x', 'null', '{}', '[[1]]', '[{}]', '"a"', '['.repeat(300)])
      expect(tryIt(Buffer.from(foreign).toString('base64url'))).toEqual(refused);
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        const outcome = tryIt(text);
        if (outcome !== 'taken') expect(outcome).toEqual(refused);
      }),
    );
  });

  it('are sorted as asked', () => {
    expect(parseSort('-a,b', 'c')).toEqual([
      { field: 'a', descending: true },
      { field: 'b', descending: false },
    ]);
    expect(parseSort(undefined, '-c')).toEqual([{ field: 'c', descending: true }]);
  });
});
